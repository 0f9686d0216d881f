"""The linter of the training data: each check on data that breaks it and on data that holds."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.data import check_data, summary
from bot.core.labels import EMOTIONS, INTENTS
from bot.knowledge.training_data.balance import (
    LENGTHS,
    MIN_EMOTION,
    MIN_INTENT,
    balance_faults,
    is_traditional,
    measure,
)
from bot.knowledge.training_data.duplicates import (
    ALIKE,
    MIN_ALIKE,
    grams,
    near_duplicates,
    near_warnings,
)
from bot.knowledge.training_data.examples import Example, Labels
from bot.knowledge.training_data.lint import Report, lint

CALM = "{emotion: neutral, intensity: 0, complaint: 0, risk: 0}"
PLAIN = Labels("ask_policy", "neutral", 0, 0, 0)
DOMAIN = "entities:\n  - order: {influence_conversation: false}\n  - phone\n"
LONG = "我想问一下你们这个七天无理由退货到底是从哪一天开始算的"


def characters(text: str) -> list[tuple[int, int]]:
    """Tokens as the real tokenizer makes them: single characters, runs of Latin letters and digits."""
    return [m.span() for m in re.finditer(r"[A-Za-z0-9]+|\S", text)]


def block(*texts: str, intent: str = "ask_policy", metadata: str = CALM) -> str:
    """One block with its examples as a list; the first text stands on line 4 of the block."""
    head = f"- intent: {intent}\n  metadata: {metadata}\n  examples:\n"
    return head + "".join(f"  - {text}\n" for text in texts)


class Project:
    """A project folder with one file of training data and what is said about it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("data/nlu", "tests/stories", "tests/integration"):
            (root / folder).mkdir(parents=True)
        (root / "domain.yml").write_text(DOMAIN, encoding="utf-8")

    def write(self, *blocks: str, name: str = "a", head: str = 'version: "3.1"\nnlu:\n') -> Project:
        (self.root / f"data/nlu/{name}.yml").write_text(head + "".join(blocks), encoding="utf-8")
        return self

    def report(self) -> Report:
        return lint(self.root, characters)

    def faults(self) -> list[str]:
        """All faults but those of the balance, which a small project cannot have."""
        return [str(p) for p in self.report().problems if p.path != "data/nlu"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def example(text: str, labels: Labels = PLAIN, agent: str = "", line: int = 1) -> Example:
    return Example("a.yml", line, text, agent, labels)


def test_good_data_has_no_faults_and_both_forms_know_their_lines(project: Project) -> None:
    project.write(
        block("text: |\n      三包期多长", "text: 保修怎么算\n    metadata: {agent: '您好'}"),
        f"- intent: ask_howto\n  metadata: {CALM}\n  examples: |\n    - 怎么开机\n    - 怎么关机\n",
    )
    assert project.faults() == []
    examples = project.report().examples
    lines = (project.root / "data/nlu/a.yml").read_text(encoding="utf-8").splitlines()
    assert [e.text for e in examples] == ["三包期多长", "保修怎么算", "怎么开机", "怎么关机"]
    assert all(e.text in lines[e.line - 1] for e in examples)
    assert examples[1].agent == "您好"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            block("text: 甲", metadata="{emotion: neutral, intensity: 0, complaint: 0}"),
            "a.yml:4: metadata lacks 'risk'",
        ),
        (
            f"- intent: ask_policy\n  metadata: {CALM}\n  examples: |\n    - 甲\n    乙\n",
            "a.yml:7: Rasa skips",
        ),
        (f"- intent: ask_policy\n  metadata: {CALM}\n  examples: []\n", "a.yml:5: a block without examples"),
        (f"- intent: ask_policy\n  metadata: {CALM}\n", "a.yml:3: 'examples' is missing"),
        ("- intent: ask_policy\n  examples: |\n    - 甲\n", "a.yml:3: 'metadata' is missing"),
        (f"- metadata: {CALM}\n  examples: |\n    - 甲\n", "a.yml:3: 'intent' is missing"),
        (block("text: 甲") + "  notes: x\n", "a.yml:7: unknown key 'notes'"),
        (block("text: 甲\n    context: 乙"), "a.yml:7: unknown key 'context'"),
        (block("text: 甲\n    metadata: {agnet: 乙}"), "a.yml:7: unknown key 'agnet'"),
        (block("metadata: {agent: 乙}"), "a.yml:6: 'text' is missing"),
        (block("text: 123"), "a.yml:6: text must be text, not 123"),
        (block("甲"), "a.yml:6: an example must be a mapping"),
        (block("text: 甲\n    metadata: {agent: ''}"), "a.yml:6: agent must be"),
        (block("text: 甲", metadata="angry"), "a.yml:4: metadata must be a mapping"),
        ("- regex\n", "a.yml:3: a block must be a mapping"),
        ("- regex: x\n  examples: |\n    - 甲\n", "a.yml:3: unknown key 'regex'"),
        (block("text: [甲"), "a.yml:7: is not valid YAML"),
    ],
)
def test_closed_schema(project: Project, text: str, fault: str) -> None:
    faults = project.write(text).faults()
    assert any(f.startswith(f"data/nlu/{fault}") for f in faults), faults


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ('version: "2.0"\nnlu:\n', "a.yml:1: version must be"),
        ("nlu:\n", "a.yml:1: 'version' is missing"),
        ('version: "3.1"\nstories: []\nnlu:\n', "a.yml:2: unknown key 'stories'"),
    ],
)
def test_head_of_a_file(project: Project, head: str, fault: str) -> None:
    faults = project.write(block("text: 甲"), head=head).faults()
    assert len(faults) == 1 and faults[0].startswith(f"data/nlu/{fault}")


def test_no_data_at_all_is_a_fault(project: Project) -> None:
    assert "data/nlu:1: there are no training messages" in map(str, project.report().problems)


@pytest.mark.parametrize(
    ("intent", "metadata", "fault"),
    [
        ("ask_policy", CALM, None),
        ("ask_polices", CALM, "unknown intent 'ask_polices'"),
        ("ask_policy", "{emotion: happy, intensity: 1, complaint: 0, risk: 0}", "unknown emotion 'happy'"),
        ("ask_policy", "{emotion: angry, intensity: 3, complaint: 0, risk: 1}", None),
        ("ask_policy", "{emotion: angry, intensity: 4, complaint: 0, risk: 0}", "intensity must be"),
        ("ask_policy", "{emotion: angry, intensity: 0, complaint: 0, risk: 0}", "intensity is 0 exactly"),
        ("ask_policy", "{emotion: neutral, intensity: 1, complaint: 0, risk: 0}", "intensity is 0 exactly"),
        ("ask_policy", "{emotion: angry, intensity: 1, complaint: 2, risk: 0}", "complaint must be"),
        ("ask_policy", "{emotion: angry, intensity: 1, complaint: true, risk: 0}", "complaint must be"),
        ("ask_policy", "{emotion: angry, intensity: 1, complaint: 1, risk: 3}", "risk must be"),
        ("ask_policy", "{emotion: angry, intensity: 1, complaint: 1, risk: '1'}", "risk must be"),
        ("ask_policy", "{emotion: angry, intensity: 3, complaint: 1, risk: 2}", None),
        ("ask_policy", "{emotion: angry, intensity: 3, complaint: 0, risk: 2}", "risk 2 without complaint 1"),
        ("complain_delay", "{emotion: angry, intensity: 1, complaint: 1, risk: 0}", None),
        ("complain_delay", CALM, "complain_delay without complaint 1"),
        ("threaten_churn", "{emotion: angry, intensity: 1, complaint: 1, risk: 1}", None),
        (
            "threaten_churn",
            "{emotion: angry, intensity: 1, complaint: 1, risk: 0}",
            "threaten_churn with risk 0",
        ),
    ],
)
def test_labels(project: Project, intent: str, metadata: str, fault: str | None) -> None:
    faults = project.write(block("text: 甲", "text: 乙", intent=intent, metadata=metadata)).faults()
    if fault is None:
        assert faults == []
    else:
        # once for the block, not once for every example
        assert len(faults) == 1 and faults[0].startswith("data/nlu/a.yml:4: ") and fault in faults[0]


def test_an_example_may_set_labels_of_its_own(project: Project) -> None:
    own = "text: 甲\n    metadata: {emotion: angry, intensity: %d}"
    assert project.write(block(own % 2)).faults() == []
    assert project.report().examples[0].labels == Labels("ask_policy", "angry", 2, 0, 0)
    faults = project.write(block(own % 0)).faults()
    assert len(faults) == 1 and faults[0].startswith("data/nlu/a.yml:7: intensity is 0")


def test_the_block_need_not_hold_what_every_example_brings(project: Project) -> None:
    open_block = "{emotion: angry, intensity: 1, complaint: 1}"
    own = "text: 甲\n    metadata: {risk: 1}"
    assert project.write(block(own, metadata=open_block)).faults() == []
    faults = project.write(block(own, "text: 乙", metadata=open_block)).faults()
    assert faults == ["data/nlu/a.yml:4: metadata lacks 'risk'"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("text: 能退吗？", "text: '能 退吗?'", True),
        ("text: OK", "text: ok", True),
        ("text: 能退吗", "text: 能换吗", False),
        ("text: 在吗\n    metadata: {agent: 您好}", "text: 在吗\n    metadata: {agent: '您 好'}", True),
        ("text: 在吗\n    metadata: {agent: 您好}", "text: 在吗", False),
    ],
)
def test_exact_duplicates_and_conflicts_name_both_places(
    project: Project, one: str, other: str, same: bool
) -> None:
    project.write(block(one)).write(block(other), name="b")
    faults = project.faults()
    assert len(faults) == same
    if same:
        assert faults[0].startswith("data/nlu/b.yml:6: ") and "already at data/nlu/a.yml:6" in faults[0]
    project.write(block(other, intent="ask_howto"), name="b")
    faults = project.faults()
    assert len(faults) == same
    if same:
        assert faults[0].startswith("data/nlu/b.yml:6: ")
        assert "ask_howto" in faults[0] and "ask_policy" in faults[0] and "data/nlu/a.yml:6" in faults[0]


@pytest.mark.parametrize(
    ("other", "agent", "fault"),
    [
        (LONG + "呀", "", True),
        (LONG[:16] + "换一个别的说法就不再是同一句话了", "", False),
        (LONG + "呀", "您好，请问有什么可以帮您", False),
    ],
)
def test_near_duplicates_with_other_labels(project: Project, other: str, agent: str, fault: bool) -> None:
    metadata = f"\n    metadata: {{agent: '{agent}'}}" if agent else ""
    project.write(block(f"text: {LONG}"), block(f"text: {other}{metadata}", intent="ask_howto"))
    faults = project.faults()
    assert len(faults) == fault
    if fault:
        assert faults[0].startswith("data/nlu/a.yml:10: ") and "is nearly data/nlu/a.yml:6" in faults[0]


def test_two_empty_messages_are_empty_and_no_duplicates(project: Project) -> None:
    faults = project.write(block("text: ''", "text: ' '")).faults()
    assert faults == [f"data/nlu/a.yml:{line}: an empty message" for line in (6, 7)]


def test_near_duplicates_with_equal_labels_warn_beyond_a_small_share(project: Project) -> None:
    assert project.write(block(f"text: {LONG}", f"text: {LONG}呀")).faults() == []
    assert [str(w).split(": ")[0] for w in project.report().warnings] == ["data/nlu/a.yml:7"]
    pair = (example(LONG), example(LONG + "呀"))
    assert list(near_warnings([pair], total=200)) == []
    assert len(list(near_warnings([pair], total=199))) == 1


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["退货款了吗多久到账", LONG, "退货款了吗多久到账" + LONG]),
            st.integers(0, 9),
            st.text("退x吗", max_size=3),
        ),
        max_size=12,
    )
)
def test_near_duplicates_are_those_a_comparison_of_all_pairs_finds(parts: list[tuple[str, int, str]]) -> None:
    texts = [base[cut // 2 : len(base) - cut // 3] + tail for base, cut, tail in parts]
    examples = [example(text, line=line) for line, text in enumerate(texts)]

    def alike(one: Example, other: Example) -> bool:
        a, b = grams(one.text), grams(other.text)
        long = min(len(one.text), len(other.text)) >= MIN_ALIKE
        return long and one.key != other.key and len(a & b) / len(a | b) >= ALIKE

    expected = [(a, b) for a, b in itertools.combinations(examples, 2) if alike(a, b)]
    assert near_duplicates(examples) == expected


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        ("tests/stories/test_x.yml", "stories:\n- steps:\n  - user: |\n      {}\n", 4),
        ("tests/data/x.yml", "cases:\n- text: '{}'\n", 2),
        ("tests/integration/test_x.py", "LINES = [\n  '{}',\n]\n", 2),
    ],
)
def test_a_test_message_must_not_be_trained_on(project: Project, path: str, content: str, line: int) -> None:
    project.write(block("text: 发票什么时候能开出来"))
    target = project.root / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(content.format("发票 什么时候能开出来呀"), encoding="utf-8")
    assert project.faults() == []
    target.write_text(content.format("发票 什么时候能开出来"), encoding="utf-8")
    faults = project.faults()
    assert len(faults) == 1
    assert faults[0].startswith("data/nlu/a.yml:6: ") and faults[0].endswith(f"{path}:{line}")


def test_short_strings_in_python_tests_are_no_test_messages(project: Project) -> None:
    project.write(block("text: 好的谢谢", "text: 好的谢谢啊"))
    tests = project.root / "tests/integration/test_x.py"
    tests.write_text("LINES = ['好的谢谢', '好的谢谢啊']\n", encoding="utf-8")
    assert [f.split(": ")[0] for f in project.faults()] == ["data/nlu/a.yml:7"]


def test_unreadable_files_beside_the_data_are_faults_too(project: Project) -> None:
    project.write(block("text: 甲"))
    (project.root / "domain.yml").write_text("entities: [", encoding="utf-8")
    (project.root / "tests/stories/x.yml").write_text("- a\n", encoding="utf-8")
    assert [f.split(":")[0] for f in project.faults()] == ["domain.yml", "tests/stories/x.yml"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("我的订单是[3021](order)", None),
        ("订单 [AB3021](order:3021) 呢", None),
        ('打[13800000000]{"entity": "phone", "value": "1"}', None),
        ("我的订单是[3021](oder)", "no entity 'oder'"),
        ('打[138]{"entity": "fon"}', "no entity 'fon'"),
        ("打[138]{phone}", "no entity '{phone}'"),
        ("[单](order)尾号A [30](order)天", None),
        ("尾号A[3021](order)", "begins or ends inside a token"),
        ("订单[3021 ](order)呢", "begins or ends inside a token"),
        ("又断网了[怒][怒]", "trains on '怒'"),
        ("又断网了[怒] [怒]", None),
        ("[订单编号]查一下(急)", None),
    ],
)
def test_entity_annotations(project: Project, text: str, fault: str | None) -> None:
    faults = project.write(block(f"text: |\n      {text}")).faults()
    if fault is None:
        assert faults == []
    else:
        assert len(faults) == 1 and faults[0].startswith("data/nlu/a.yml:7: ") and fault in faults[0]


def test_data_without_annotations_never_asks_for_tokens(project: Project) -> None:
    def refuse(text: str) -> Iterator[tuple[int, int]]:
        raise AssertionError(text)

    report = lint(project.write(block("text: 甲")).root, refuse)  # type: ignore[arg-type]
    assert report.annotated == 0 and "none with entity annotations" in summary(report)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("text: '\u3000'", "an empty message"),
        ("text: ''", "an empty message"),
        ('text: "甲\\u200b乙"', "the message has the control character U+200B"),
        ('text: "甲\\n乙"', "the message has the control character U+000A"),
        ('text: 甲\n    metadata: {agent: "您\\a好"}', "the agent line has the control character U+0007"),
        ('text: "👩\u200d🔧 🫠 ❤\ufe0f"', None),
        ("text: " + "长" * 300, None),
        ("text: " + "长" * 301, "the message has 301 characters"),
    ],
)
def test_texts(project: Project, text: str, fault: str | None) -> None:
    faults = project.write(block(text)).faults()
    assert len(faults) == (fault is not None), faults
    if fault:
        assert faults[0].startswith(f"data/nlu/a.yml:6: {fault}")


def spread(*, short: int = 17, middle: int = 43, long: int = 29, post: int = 11) -> list[Example]:
    """Enough of every label, with so many in a hundred of each length."""
    size = 1500  # 41 of each intent, 214 of each emotion, a whole number of hundreds
    lengths = [5] * short + [12] * middle + [40] * long + [80] * post
    return [
        example(
            chr(0x4E00 + n % 100) * lengths[n % len(lengths)],
            Labels(INTENTS[n % len(INTENTS)], EMOTIONS[n % len(EMOTIONS)], 0, 0, 0),
        )
        for n in range(size)
    ]


def test_a_good_spread_has_no_faults() -> None:
    assert list(balance_faults(measure(spread()))) == []


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        ({"short": 9, "middle": 51}, "up to 6"),
        ({"short": 30, "middle": 30}, "up to 6"),
        ({"middle": 28, "short": 27, "long": 34}, "7-20"),
        ({"middle": 57, "long": 20, "short": 12}, "7-20"),
        ({"long": 16, "middle": 54, "short": 19}, "21-60"),
        ({"long": 44, "middle": 32, "short": 13}, "21-60"),
        ({"post": 3, "middle": 51}, "over 60"),
        ({"post": 22, "middle": 34, "short": 15}, "over 60"),
    ],
)
def test_length_balance(shares: dict[str, int], name: str) -> None:
    faults = list(balance_faults(measure(spread(**shares))))
    assert len(faults) == 1 and f"have {name} characters" in faults[0]


def test_the_length_bounds_can_all_be_met_at_once() -> None:
    assert sum(low for *_, low, _ in LENGTHS) < 1 < sum(high for *_, high in LENGTHS)


@pytest.mark.parametrize("kind", ["intent", "emotion"])
def test_every_label_needs_enough_examples(kind: str) -> None:
    name, least = {"intent": ("greet", MIN_INTENT), "emotion": ("pleased", MIN_EMOTION)}[kind]
    balance = measure(spread())
    counts = balance.intents if kind == "intent" else balance.emotions
    counts[name] = least
    assert list(balance_faults(balance)) == []
    counts[name] = least - 1
    assert list(balance_faults(balance)) == [f"{kind} '{name}' has {least - 1} examples, needs {least}"]


def test_style_shares() -> None:
    styles = measure(
        [example("退吗？"), example("好[怒]"), example("好😡"), example("請問", agent="您好")]
    ).styles
    assert styles == {"punctuation": 0.25, "emoji": 0.5, "traditional": 0.25, "after an agent line": 0.25}
    assert not measure([example("[图片]")]).styles["emoji"]


@pytest.mark.parametrize(
    ("text", "traditional"),
    [
        ("請問發票幾時寄", True),
        ("請問", True),
        ("请问发票几时寄", False),
        ("我妳", True),
        ("我要退货的呀妳好", False),
        ("ok", False),
    ],
)
def test_traditional_script(text: str, traditional: bool) -> None:
    assert is_traditional(text) is traditional


def test_all_faults_come_at_once_in_order_and_the_command_fails(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write(block("text: 甲\n    tone: x", "text: 123", "text: ' '")).write(block("text: 甲"), name="b")
    assert check_data(project.root) == 1
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert printed.out == "" and lines[-1] == f"{len(lines) - 1} problem(s)"
    places = [line.split(": ")[0] for line in lines if line.startswith("data/nlu/")]
    assert places == [f"data/nlu/{place}" for place in ("a.yml:7", "a.yml:8", "a.yml:9", "b.yml:6")]


def test_the_command_sums_up_data_that_holds(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for number, e in enumerate(spread()):
        text = f"{number:05}" + e.text[5:] if len(e.text) > 5 else f"{number:05}"
        lines.append((e.labels, text))
    blocks = []
    for labels, group in itertools.groupby(sorted(lines), key=lambda item: item[0]):
        calm = labels.emotion == "neutral"
        strict = labels.intent.startswith(("complain", "threaten"))
        metadata = (
            f"{{emotion: {labels.emotion}, intensity: {0 if calm else 1}, "
            f"complaint: {int(strict)}, risk: {int(strict)}}}"
        )
        blocks.append(block(*(f'text: "{t}"' for _, t in group), intent=labels.intent, metadata=metadata))
    assert check_data(project.write(*blocks).root) == 0
    out = capsys.readouterr().out
    assert "training data holds: 1,500 messages in 1 files" in out
    assert "greet 41" in out and "up to 6 17%" in out


def test_the_linter_needs_no_rasa() -> None:
    code = (
        "import sys, bot.cli.data, bot.knowledge.training_data.lint\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('rasa', 'tensorflow', 'numpy', 'spacy')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
