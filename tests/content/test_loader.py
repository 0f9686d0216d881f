"""The content loader: every fault at once, each as ``path:line: what is wrong``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.labels import EMOTIONS, INTENTS, STEPS
from bot.knowledge.loader import load_content
from bot.knowledge.reader import CONTENT_DIR, ContentError

PHRASES = """\
phrases:
  - id: own.any.1
    part: own
    text: 这件事由我来办，办完给您回话。
    owner: tests
    since: "0.1"
  - id: ask_back.any.1
    part: ask_back
    text: 您希望先解决哪一件？
    intents: [ask_policy]
    owner: tests
    since: "0.1"
  - id: ask_back.any.2
    part: ask_back
    text: 现在最着急的是哪一件？
    owner: tests
    since: "0.1"
"""
LINT = """\
family: deny
rules:
  - id: deny.impossible
    severity: error
    pattern: '绝不可能'
    unless: '绝不可能不管'
    why: 否认客户看见的事。
    suggestion: 我先按您说的核实。
    principle: smile
    flagged: [这绝不可能, 绝不可能的]
    clean: [绝不可能不管您, 我去核实]
"""
SIGNALS = """\
kind: agent_line
rules:
  - id: line.accept
    label: accept
    pattern: '我来'
    flagged: [我来办]
    clean: [您来吧]
"""


def dump(path: Path, data: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The smallest content that holds."""
    root = tmp_path / "zh"
    for folder in ("phrases", "lint", "signals"):
        (root / folder).mkdir(parents=True)
    (root / "phrases" / "base.yml").write_text(PHRASES, encoding="utf-8")
    (root / "lint" / "deny.yml").write_text(LINT, encoding="utf-8")
    (root / "signals" / "agent_line.yml").write_text(SIGNALS, encoding="utf-8")
    plans = [
        {"step": s, "approach": a, "parts": ["own", "ask_back"], "why": "先接下来再问", "principle": "smile"}
        for s in STEPS
        for a in ("empathy", "action", "question")
    ]
    dump(root / "plans.yml", {"plans": plans})
    need = {
        "layer": "explicit",
        "basic_need": "comfort",
        "motive": "avoid_pain",
        "question": "您最在意哪一点？",
    }
    dump(root / "needs.yml", {"needs": [{"intents": list(INTENTS), **need}]})
    names = {"intent": INTENTS, "emotion": EMOTIONS, "step": STEPS}
    dump(
        root / "names.yml",
        {
            "names": {kind: dict.fromkeys(labels, "名") for kind, labels in names.items()},
            "principles": {"smile": "微笑"},
        },
    )
    return root


def problems(root: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_content(root)
    lines = [str(p) for p in caught.value.problems]
    assert str(caught.value) == "\n".join(lines)
    return lines


def change(path: Path, old: str, new: str) -> int:
    """Put ``new`` for ``old`` in a file; the line where it starts."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_smallest_content_loads(root: Path) -> None:
    content = load_content(root)
    assert [p.id for p in content.phrases] == ["own.any.1", "ask_back.any.1", "ask_back.any.2"]
    assert content.phrase_by_id["ask_back.any.1"].intents == {"ask_policy"}
    assert len(content.plans) == 3 * len(STEPS)
    assert content.needs.keys() == set(INTENTS)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("phrases/base.yml", "owner: tests", "ownr: tests", "phrases.0.ownr: extra fields not permitted"),
        (
            "phrases/base.yml",
            "intents: [ask_policy]",
            "intents: [ask_weather]",
            "unknown intent 'ask_weather'",
        ),
        ("phrases/base.yml", "intents: [ask_policy]", "emotions: [furious]", "unknown emotion 'furious'"),
        ("phrases/base.yml", "intents: [ask_policy]", "steps: [first]", "unknown step 'first'"),
        (
            "phrases/base.yml",
            "intents: [ask_policy]",
            "personalities: [tiger]",
            "unknown personality 'tiger'",
        ),
        ("phrases/base.yml", "intents: [ask_policy]", "intents: ask_policy", "not a valid list"),
        ("phrases/base.yml", "intents: [ask_policy]", "min_intensity: 4", "less than or equal to 3"),
        ("phrases/base.yml", "part: own", "part: owns", "unknown part 'owns'"),
        ("phrases/base.yml", "text: 这件事", "text: 这件{color}事", "unknown slot 'color'"),
        ("phrases/base.yml", "text: 这件事", "text: 这件{}事", "unknown slot ''"),
        ("phrases/base.yml", "text: 这件事", "text: 这件{事", "expected '}'"),
        ("phrases/base.yml", "id: own.any.1", "id: Own 1", "string does not match regex"),
        ("plans.yml", "approach: empathy", "approach: sympathy", "unexpected value"),
        ("plans.yml", "step: opening", "step: hello", "unknown step 'hello'"),
        ("plans.yml", "- own", "- ask_back", "a part is there twice"),
        ("lint/deny.yml", "pattern: '绝不可能'", "pattern: '绝(不可能'", "not a regular expression"),
        (
            "lint/deny.yml",
            "pattern: '绝不可能'",
            "pattern: '(?:绝不可能)?'",
            "pattern matches the empty text",
        ),
        ("lint/deny.yml", "severity: error", "severity: fatal", "unexpected value"),
        ("lint/deny.yml", "flagged: [这绝不可能, 绝不可能的]", "flagged: [这绝不可能]", "at least 2 items"),
        (
            "signals/agent_line.yml",
            "kind: agent_line",
            "kind: agentline",
            "unknown kind of signal 'agentline'",
        ),
        ("signals/agent_line.yml", "pattern: '我来'", "weight: 0\n    pattern: '我来'", "greater than 0"),
        ("needs.yml", "layer: explicit", "layer: deep", "unexpected value"),
        ("names.yml", "names:", "title: 名\nnames:", "title: extra fields not permitted"),
    ],
)
def test_a_record_outside_the_schema(root: Path, file: str, old: str, new: str, message: str) -> None:
    line = change(root / file, old, new)
    found = problems(root)
    assert any(p.startswith(f"zh/{file}:{line}: ") and message in p for p in found), found


def test_a_missing_key_is_named_at_its_record(root: Path) -> None:
    change(root / "phrases/base.yml", '    since: "0.1"\n  - id: ask_back.any.1', "  - id: ask_back.any.1")
    assert problems(root) == ["zh/phrases/base.yml:2: phrases.0.since: field required"]


def test_an_id_used_in_two_files_names_both_places(root: Path) -> None:
    (root / "phrases" / "more").mkdir()
    (root / "phrases" / "more" / "zz.yml").write_text("# again\n" + PHRASES, encoding="utf-8")
    assert "zh/phrases/more/zz.yml:3: id 'own.any.1' is already used at zh/phrases/base.yml:2" in problems(
        root
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "message"),
    [
        ("lint/deny.yml", "绝不可能的]", "这不会]", "- id: deny", "deny.impossible: does not flag its example '这不会'"),
        ("lint/deny.yml", "我去核实]", "绝不可能]", "- id: deny", "clean text '绝不可能' is flagged by deny.impossible"),
        ("lint/deny.yml", "我先按您说的核实。", "绝不可能。", "- id: deny", "clean text '绝不可能。' is flagged"),
        ("lint/deny.yml", "principle: smile", "principle: grin", "- id: deny", "unknown principle 'grin'"),
        ("signals/agent_line.yml", "[我来办]", "[他来办]", "- id: line", "does not fire on its example '他来办'"),
        ("signals/agent_line.yml", "[您来吧]", "[我来吧]", "- id: line", "fires on its clean example '我来吧'"),
        ("phrases/base.yml", "这件事由我", "绝不可能，我", "- id: own", "own.any.1: flagged by deny.impossible ('绝不可能')"),
        ("phrases/base.yml", "给您回话。", "给您回话？", "- id: own", "own.any.1: a question outside ask_back"),
        ("phrases/base.yml", "给您回话。", "给您回话", "- id: own", "does not end in sentence punctuation"),
        ("plans.yml", "principle: smile", "principle: grin", "- step: opening", "unknown principle 'grin'"),
        ("plans.yml", "- own", "- commit", "- step: opening", "no general 'commit' phrase for step 'opening'"),
    ],
)  # fmt: skip
def test_records_that_contradict_each_other(
    root: Path, file: str, old: str, new: str, at: str, message: str
) -> None:
    text = (root / file).read_text(encoding="utf-8")
    line = text[: text.index(at)].count("\n") + 1
    change(root / file, old, new)
    found = problems(root)
    assert any(p.startswith(f"zh/{file}:{line}: ") and message in p for p in found), found


def test_a_step_needs_three_approaches(root: Path) -> None:
    change(root / "plans.yml", "approach: empathy", "approach: action")
    assert any("step 'opening' has 2 approaches for driver, needs 3" in p for p in problems(root))


def test_a_plan_for_one_personality_needs_phrases_for_that_one_only(root: Path) -> None:
    with (root / "plans.yml").open("a", encoding="utf-8") as plans:
        plans.write(
            "- {step: act, approach: action, parts: [commit], why: 说到做到, principle: smile, personalities: [driver]}\n"
        )
    found = problems(root)
    assert len(found) == 1 and "no general 'commit' phrase for step 'act', driver" in found[0]


def test_labels_without_need_or_name(root: Path) -> None:
    change(root / "needs.yml", "  - greet\n", "")
    change(root / "names.yml", "    greet: 名\n", "")
    found = problems(root)
    assert any("needs.yml: intent 'greet' has no need" in p for p in found)
    assert any("names.yml: intent 'greet' has no Chinese name" in p for p in found)


@pytest.mark.parametrize("file", ["plans.yml", "needs.yml", "names.yml"])
def test_a_missing_file(root: Path, file: str) -> None:
    (root / file).unlink()
    assert f"zh/{file}:1: cannot be read: No such file or directory" in problems(root)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("phrases:\n  - text: 您好".encode("gb18030"), 1, "is not UTF-8 text"),
        (b"phrases:\n  - id: a\n   part: own\n", 3, "is not valid YAML"),
        (b"phrases:\n\t- id: a\n", 2, "is not valid YAML"),
        (b"phrases: []\nphrases: []\n", 2, "key 'phrases' is there twice"),
        (b"- phrases\n", 1, "must be a mapping at the top"),
        (b"", 1, "must be a mapping at the top"),
        (b"phrases: !!python/object/apply:os.getcwd []\n", 1, "is not valid YAML"),
        (b"phrases: &a [*a]\n", 1, "phrases"),
        (b"phrases: [\x00]\n", 1, "is not valid YAML"),
        (b"phrases: [" + b"a, " * 700_000 + b"]", 1, "is larger than 2,000,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read(root: Path, data: bytes, line: int, message: str) -> None:
    (root / "phrases" / "broken.yml").write_bytes(data)
    (found,) = problems(root)
    assert found.startswith(f"zh/phrases/broken.yml:{line}: ") and message in found


def test_a_folder_in_the_place_of_a_file(root: Path) -> None:
    (root / "lint" / "odd.yml").mkdir()
    assert problems(root) == ["zh/lint/odd.yml:1: cannot be read: Is a directory"]


def test_a_missing_folder(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'}:1: content folder is missing"]


def test_byte_order_mark_and_windows_line_ends_are_read(root: Path) -> None:
    path = root / "phrases" / "base.yml"
    path.write_bytes(b"\xef\xbb\xbf" + PHRASES.replace("\n", "\r\n").encode())
    assert len(load_content(root).phrases) == 3


def test_every_fault_of_every_file_at_once(root: Path) -> None:
    change(root / "phrases/base.yml", "part: own", "part: owns")
    change(root / "phrases/base.yml", "intents: [ask_policy]", "intents: [ask_weather]")
    change(root / "lint/deny.yml", "pattern: '绝不可能'", "pattern: '绝('")
    change(root / "needs.yml", "layer: explicit", "layer: deep")
    (root / "names.yml").unlink()
    (root / "signals" / "latin.yml").write_bytes(b"\xff\xfe")
    found = problems(root)
    assert [p.split(" ")[0] for p in found] == [
        "zh/lint/deny.yml:5:",
        "zh/names.yml:1:",
        "zh/needs.yml:39:",
        "zh/phrases/base.yml:3:",
        "zh/phrases/base.yml:10:",
        "zh/signals/latin.yml:1:",
    ]


def test_every_contradiction_at_once(root: Path) -> None:
    change(root / "phrases/base.yml", "给您回话。", "给您回话")
    change(root / "lint/deny.yml", "绝不可能的]", "这不会]")
    change(root / "signals/agent_line.yml", "[您来吧]", "[我来吧]")
    assert len(problems(root)) == 3


def test_contradictions_are_left_out_on_request(root: Path) -> None:
    change(root / "phrases/base.yml", "给您回话。", "给您回话")
    assert len(load_content(root, check=False).phrases) == 3


def test_a_fault_in_the_shipped_content_is_found_at_its_line(tmp_path: Path) -> None:
    root = tmp_path / "zh"
    shutil.copytree(CONTENT_DIR, root)
    path = root / "phrases" / "acknowledge.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(n for n, text in enumerate(lines) if text.strip().startswith("emotions:"))
    lines[number] = "    emotions: [grumpy]"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_content(root, check=False)
    assert [(p.path, p.line) for p in caught.value.problems] == [("zh/phrases/acknowledge.yml", number + 1)]
