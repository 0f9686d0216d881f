"""Rule signals: risk with reasons, personality evidence, difficult customers, opportunities; the rules travel along."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import build, incoming, trained

from bot.config import settings
from bot.core.analysis import analysis_from_parse
from bot.core.labels import PERSONALITIES
from bot.knowledge.reader import CONTENT_DIR, ContentError
from bot.nlu.reader import RISK_SCORES
from bot.nlu.signals import PersonalityEvidence, RiskClassifier

RISK = """\
kind: risk
rules:
  - id: risk.escalate.complain
    label: "2"
    pattern: '投诉|12315'
    unless: '不投诉'
    note: 扬言投诉
    flagged: [我要投诉]
    clean: [我不投诉]
  - id: risk.trust.again
    label: "1"
    pattern: '第[三四五3]次'
    flagged: [第三次了]
    clean: [第一次]
"""
PERSONALITY = """\
kind: personality
rules:
  - id: personality.driver.now
    label: driver
    weight: 1.5
    pattern: '马上|立刻'
    flagged: [马上办]
    clean: [慢慢来]
"""
OPPORTUNITY = """\
kind: opportunity
rules:
  - id: opportunity.upgrade
    label: upgrade
    pattern: '升级'
    suggestion: 问问他用在哪里
    flagged: [能升级吗]
    clean: [不用了]
"""
FILES = {"risk": RISK, "personality": PERSONALITY, "opportunity": OPPORTUNITY}


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A content folder of a few rules, the one in force; the folder of its signals."""
    root = tmp_path / "zh"
    (root / "signals").mkdir(parents=True)
    for name in ("names.yml", "needs.yml", "plans.yml"):
        shutil.copy(CONTENT_DIR / name, root)
    for kind, text in FILES.items():
        (root / "signals" / f"{kind}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("ASSIST_CONTENT_DIR", str(root))
    settings.cache_clear()
    yield root / "signals"
    settings.cache_clear()


def output(component: Any, text: str) -> dict[str, Any]:
    message = incoming(text)
    component.process([message])
    return dict(message.as_dict(only_output_properties=True))


def test_risk_names_the_rule_and_the_words_in_the_original(rules: Path, tmp_path: Path) -> None:
    live, loaded = trained(RiskClassifier, tmp_path / "m", TrainingData())
    text = "😡 這都第３次了，我要投訴！"
    found = output(live, text)["risk"]
    assert found["level"] == 2
    assert [(r["rule"], r["text"]) for r in found["reasons"]] == [
        ("risk.trust.again", "第３次"),
        ("risk.escalate.complain", "投訴"),
    ]
    assert all(text[r["start"] : r["end"]] == r["text"] for r in found["reasons"])
    assert output(loaded, text)["risk"] == found


@pytest.mark.parametrize(
    ("text", "level"),
    [("第三次了", 1), ("我不投诉", 0), ("你好", 0), ("", 0), ("\u200b", 0), ("不投诉，才怪，我投诉！", 2)],
)
def test_levels(rules: Path, tmp_path: Path, text: str, level: int) -> None:
    live, _ = trained(RiskClassifier, tmp_path / "m", TrainingData())
    assert output(live, text)["risk"]["level"] == level


def test_evidence_and_signals(rules: Path, tmp_path: Path) -> None:
    live, loaded = trained(PersonalityEvidence, tmp_path / "m", TrainingData())
    for component in (live, loaded):
        found = output(component, "馬上給我升級")
        assert found["personality_evidence"] == [
            {"type": "driver", "text": "馬上", "start": 0, "end": 2, "weight": 1.5, "message_id": ""}
        ]
        assert found["signals"] == [
            {
                "kind": "opportunity",
                "label": "upgrade",
                "text": "升級",
                "start": 4,
                "end": 6,
                "next_move": "问问他用在哪里",
            }
        ]
        assert {"nlu_done", "started"} <= found["timing"].keys()


def test_the_services_read_what_the_components_write(rules: Path, tmp_path: Path) -> None:
    message = incoming("马上升级，不然我投诉")
    for component in (RiskClassifier, PersonalityEvidence):
        trained(component, tmp_path / component.__name__, TrainingData())[1].process([message])
    read = analysis_from_parse(message.as_dict(only_output_properties=True))
    assert (read.risk.level, read.risk.reasons[0].rule) == (2, "risk.escalate.complain")
    assert [e.type for e in read.evidence] == ["driver"]
    assert [s["label"] for s in read.signals] == ["upgrade"]


@pytest.mark.parametrize(
    ("component", "kind", "old", "new"),
    [
        (RiskClassifier, "risk", "投诉|12315", "投诉|12315|曝光"),
        (RiskClassifier, "risk", "扬言投诉", "扬言要投诉"),
        (RiskClassifier, "risk", 'label: "1"', 'label: "2"'),
        (PersonalityEvidence, "personality", "weight: 1.5", "weight: 1"),
        (PersonalityEvidence, "opportunity", "问问他用在哪里", "问问他何时用"),
    ],
)
def test_a_changed_rule_changes_the_fingerprint_of_its_component(
    rules: Path, component: Any, kind: str, old: str, new: str
) -> None:
    others = {RiskClassifier, PersonalityEvidence} - {component}
    before = {c: c.fingerprint_addon({}) for c in (component, *others)}
    assert component.fingerprint_addon({}) == before[component], "the same rules, the same fingerprint"
    path = rules / f"{kind}.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert component.fingerprint_addon({}) != before[component]
    assert all(c.fingerprint_addon({}) == before[c] for c in others)


def test_a_model_answers_by_the_rules_it_was_trained_with(rules: Path, tmp_path: Path) -> None:
    _, loaded = trained(RiskClassifier, tmp_path / "m", TrainingData())
    (rules / "risk.yml").unlink()
    assert output(loaded, "我要投诉")["risk"]["level"] == 2


def test_an_untrained_component_sees_nothing(tmp_path: Path) -> None:
    assert output(build(RiskClassifier, tmp_path), "我要投诉")["risk"] == {"level": 0, "reasons": []}
    assert output(build(PersonalityEvidence, tmp_path), "马上")["personality_evidence"] == []


def test_broken_rules_stop_the_training(rules: Path, tmp_path: Path) -> None:
    (rules / "risk.yml").write_text(RISK.replace("投诉|12315", "投诉|("), encoding="utf-8")
    with pytest.raises(ContentError, match=r"signals/risk.yml:5: rules.0.pattern: not a regular expression"):
        build(RiskClassifier, tmp_path / "m").train(TrainingData())


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Both components with the shipped rules, loaded from disk."""
    folder = tmp_path_factory.mktemp("shipped")
    components = (RiskClassifier, PersonalityEvidence)
    return [trained(c, folder / c.__name__, TrainingData())[1] for c in components]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("再不解决我就去消协投诉你们", 2),
        ("我要打12315", 2),
        ("他妈的什么玩意", 2),
        ("滚", 2),
        ("这都第三次坏了", 1),
        ("人家联通当天就修好", 1),
        ("不能用了", 0),
        ("请问几点下班", 0),
        ("谢谢，太好了", 0),
    ],
)
def test_shipped_risk_rules_follow_the_label_definitions(shipped: list[Any], text: str, level: int) -> None:
    assert output(shipped[0], text)["risk"]["level"] == level


def test_coarse_words_are_not_abuse(shipped: list[Any]) -> None:
    assert output(shipped[0], "坑爹呢这是")["risk"]["level"] < 2


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.text("我要投诉马上给12315消协，不然上法院。謝謝啦～！？ａ😡\u200b", max_size=60))
def test_shipped_rules_point_at_words_of_the_original(shipped: list[Any], text: str) -> None:
    message = incoming(text)
    for component in shipped:
        component.process([message])
    spans = [*message.get("risk")["reasons"], *message.get("personality_evidence"), *message.get("signals")]
    for span in spans:
        assert 0 <= span["start"] < span["end"] <= len(text)
        assert span["text"] == text[span["start"] : span["end"]]
    assert {e["type"] for e in message.get("personality_evidence")} <= set(PERSONALITIES)
    assert message.get("risk")["level"] in (0, 1, 2)


@pytest.mark.parametrize(("sure", "level"), [(0.9, 2), (0.3, 0)])
def test_what_no_rule_finds_the_reader_may_still_find(
    rules: Path, tmp_path: Path, sure: float, level: int
) -> None:
    live, _ = trained(RiskClassifier, tmp_path / "m", TrainingData())
    message = incoming("老客户也留不住喽")
    message.set(RISK_SCORES, [{"name": "2", "confidence": sure}, {"name": "0", "confidence": 1 - sure}])
    live.process([message])
    found = message.get("risk")
    assert found["level"] == level
    assert [r["rule"] for r in found["reasons"]] == (["reader.risk"] if level else [])
