"""What is measured on: the dev set's files, the folds, and who is right about a message."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import pytest

from eval.folds import deal, share
from eval.messages import EvalError, Labelled, last_agent_line, read_dev_set, turns_of
from eval.results import Guess, Personality
from eval.scores import confusions, judge, judge_all, lead, score

COLUMNS = [
    "id",
    "source",
    "text",
    "context",
    "intent",
    "intent_alt",
    "emotion",
    "intensity",
    "is_complaint",
    "risk",
]
ROW = ["m1", "shop", '他说"好', "客:在吗→服:您好", "greet", "-", "neutral", "0.0", "0", "0"]


@pytest.mark.parametrize(
    ("context", "turns", "line"),
    [
        ("", [], ""),
        ("客:在吗", ["客在吗"], ""),
        ("客:在吗→服:您好 请问有什么", ["客在吗", "服您好 请问有什么"], "您好 请问有什么"),
        ("客:一→服:甲 / 客:二→服:乙", ["客一", "服甲", "客二", "服乙"], "乙"),
        ("客:一→服:甲 / 客:二", ["客一", "服甲", "客二"], "甲"),
        ("服:先说", ["服先说"], "先说"),
        ("客:我找客服:人呢 / 客:1/2", ["客我找客服:人呢", "客1/2"], ""),
    ],
)
def test_the_lines_of_a_context(context: str, turns: list[str], line: str) -> None:
    found = turns_of(context)
    names = {"customer": "客", "agent": "服"}
    assert [names[sender] + text for sender, text in found] == turns
    assert last_agent_line(found) == line


def write(folder: Path, *rows: list[str]) -> Path:
    (folder / "messages.tsv").write_text(
        "".join("\t".join(row) + "\n" for row in (COLUMNS, *rows)), encoding="utf-8"
    )
    return folder


def test_reading_a_dev_set(tmp_path: Path) -> None:
    open_row = ["m2", "shop", "嗯", "", "?", "affirm", "?", "0.5", "1", "?"]
    turns = [{"sender": "customer", "text": "在吗"}, {"sender": "agent", "text": "在的"}]
    records = [{"id": "d1", "turns": turns, "personality": kind} for kind in ("driver", "?")]
    (tmp_path / "dialogues.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    found = read_dev_set(write(tmp_path, ROW, open_row))
    first, second = found.messages
    assert (first.text, first.agent, first.alternative) == ('他说"好', "您好", "")
    assert first.gold == {"intent": "greet", "emotion": "neutral", "complaint": "0", "risk": "0"}
    assert first.earlier == (("customer", "在吗"), ("agent", "您好"))
    assert (second.gold, second.alternative) == ({"complaint": "1"}, "affirm")
    assert [d.personality for d in found.dialogues] == ["driver", ""]
    assert found.dialogues[0].turns == (("customer", "在吗"), ("agent", "在的"))


def test_a_dev_set_without_dialogues(tmp_path: Path) -> None:
    assert read_dev_set(write(tmp_path, ROW) / "messages.tsv").dialogues == ()


@pytest.mark.parametrize(("column", "value"), [("intent", "hello"), ("intent_alt", "x"), ("risk", "3")])
def test_an_unknown_label_is_refused(tmp_path: Path, column: str, value: str) -> None:
    row = [value if name == column else cell for name, cell in zip(COLUMNS, ROW)]
    with pytest.raises(EvalError, match=f"m1 has {column}"):
        read_dev_set(write(tmp_path, row))


def test_a_missing_dev_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"messages\.tsv"):
        read_dev_set(tmp_path)


def test_folds_keep_equal_texts_together_and_spread_labels() -> None:
    keys = [f"a{i}" for i in range(10)] + [f"b{i}" for i in range(5)] + ["a0", "b0"]
    labels = ["a"] * 10 + ["b"] * 5 + ["a", "a"]
    places = deal(keys, labels, 5)
    assert places[0] == places[15] and places[10] == places[16]
    assert Counter(places[:10]) == dict.fromkeys(range(5), 2)
    assert Counter(places[10:15]) == dict.fromkeys(range(5), 1)


def test_shares_are_nested_and_keep_some_of_every_label() -> None:
    labels = ["a"] * 100 + ["b"] * 5
    small, large = share(labels, 0.1), share(labels, 0.5)
    assert set(small) < set(large)
    assert Counter(labels[row] for row in small) == {"a": 10, "b": 4}
    assert share(labels, 1.0) == list(range(105))


def message(number: int, intent: str, alternative: str = "", **labels: str) -> Labelled:
    return Labelled(f"m{number}", "shop", "话", "", {"intent": intent, **labels}, alternative)


def ranked(*names: str) -> dict[str, list[tuple[str, float]]]:
    return {"intent": [(name, 0.9 if i == 0 else 0.05) for i, name in enumerate(names)]}


MESSAGES = [
    message(1, "greet"),
    message(2, "urge", "affirm"),
    message(3, "urge", "affirm"),
    message(4, "deny"),
    Labelled("m5", "shop", "话", "", {"emotion": "angry"}),
]
OURS = [
    ranked("greet"),
    ranked("affirm", "deny"),
    ranked("greet", "deny", "affirm"),
    ranked("greet", "urge", "affirm", "deny"),
    ranked("greet"),
]
THEIRS = [ranked("deny"), ranked("deny"), ranked("deny"), ranked("deny"), ranked("deny")]


def test_an_intent_is_right_when_it_is_either_and_open_rows_are_left_out() -> None:
    judged = judge("intent", MESSAGES, OURS)
    assert judged.ids == ("m1", "m2", "m3", "m4")
    assert judged.right == (True, True, False, False)
    assert judged.in_top3 == (True, True, True, False)
    assert judged.gold == ("greet", "affirm", "urge", "deny")


def test_scores_of_a_task() -> None:
    found = score(judge("intent", MESSAGES, OURS))
    assert found is not None
    assert found.n == 4
    assert found.headlines["accuracy"].value == 0.5
    assert found.headlines["top-3 accuracy"].value == 0.75
    # greet: 1 right of 1 gold and 3 predicted; affirm 1; urge and deny 0
    assert found.headlines["macro-F1"].value == pytest.approx((2 / 4 + 1 + 0 + 0) / 4)
    greet, urge = found.labels["greet"], found.labels["urge"]
    assert greet.precision is not None and greet.precision.value == pytest.approx(1 / 3)
    assert (urge.support, urge.precision) == (1, None)
    assert found.ece == pytest.approx(0.4)


def test_the_lead_over_a_baseline() -> None:
    found = lead(judge("intent", MESSAGES, OURS), judge("intent", MESSAGES, THEIRS))
    assert found["accuracy"].value == 0.25
    with pytest.raises(ValueError, match="different messages"):
        lead(judge("intent", MESSAGES, OURS), judge("intent", MESSAGES[1:], THEIRS[1:]))


def test_confusions_and_tasks_a_system_does_not_read() -> None:
    assert set(judge_all(MESSAGES, OURS)) == {"intent"}
    found = confusions(judge("intent", MESSAGES, THEIRS), 5)
    assert found == [("urge", "deny", 2), ("greet", "deny", 1)]


def test_a_task_without_confidences_has_no_calibration() -> None:
    messages = [message(1, "greet", complaint="1"), message(2, "greet", complaint="0")]
    found = score(judge("complaint", messages, [{"complaint": [("1", math.nan)]}] * 2))
    assert found is not None and found.ece is None
    assert found.headlines["F1"].value == pytest.approx(2 / 3)


def test_personality_is_judged_where_it_speaks() -> None:
    pairs = [
        ("driver", "driver"),
        ("undetermined", "driver"),
        ("amiable", "undetermined"),
        ("driver", "undetermined"),
    ]
    found = Personality(tuple(Guess(f"d{i}", gold, said, 0.6) for i, (gold, said) in enumerate(pairs)))
    assert found.precision is not None and found.precision.value == 0.5
    assert found.coverage is not None and found.coverage.value == 0.5
    assert Personality((Guess("d", "driver", "undetermined", 0.3),)).precision is None
