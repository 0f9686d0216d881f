"""What a run leaves behind: no text of the dev set in what is committed; the comparison of two runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.machine import Machine, Noise
from eval import compare
from eval.files import write_errors, write_results
from eval.messages import Labelled
from eval.report import markdown
from eval.results import MAJORITY, OURS, TFIDF, Results, targets
from eval.results import compare as compared

SECRET = "这句话不能进仓库"
AGENT = "客服这句也不能"
INTENTS = ("greet", "greet", "urge", "deny")


def message(number: int, intent: str) -> Labelled:
    gold = {"intent": intent, "emotion": "neutral", "complaint": "0", "risk": "0"}
    return Labelled(
        f"m{number}", "shop", f"{SECRET}{number}", AGENT, gold, "affirm" if intent == "urge" else ""
    )


def reading(intent: str) -> dict[str, list[tuple[str, float]]]:
    nan = float("nan")
    return {
        "intent": [(intent, 0.8), ("deny", 0.1)],
        "emotion": [("neutral", 0.9)],
        "complaint": [("0", nan)],
        "risk": [("0", nan)],
    }


MESSAGES = [message(i, intent) for i, intent in enumerate(INTENTS, start=1)]


def run(*predicted: str) -> Results:
    """Results of a run that read these intents in the four messages, the baselines always ``deny``."""
    readings = {
        OURS: [reading(p) for p in predicted],
        TFIDF: [reading("deny")] * 4,
        MAJORITY: [reading("deny")] * 4,
    }
    found = compared(MESSAGES, readings)
    machine = Machine(2, "cpu", 8.0, "3.10", "3.6", "2.12", "2026-01-01 00:00 UTC")
    noise = (Noise(1.0, 1.0, 0.1), Noise(1.0, 1.0, 0.1))
    return Results(machine, noise, quick=False, minutes=1.0, folds=5, epochs=None, cv=found, dev=found)


@pytest.fixture
def records(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """``results.json`` of a run with two right intents, and of one that fixed two messages and broke one."""
    paths = tmp_path / "old.json", tmp_path / "new.json"
    write_results(run("greet", "greet", "greet", "greet"), paths[0])
    write_results(run("deny", "greet", "affirm", "deny"), paths[1])
    return compare.read(paths[0]), compare.read(paths[1])


def test_texts_stay_out_of_what_is_committed(tmp_path: Path) -> None:
    results = run("greet", "deny", "greet", "deny")
    write_results(results, tmp_path / "results.json")
    write_errors(results, tmp_path / "errors.tsv")
    kept = markdown(results) + (tmp_path / "results.json").read_text(encoding="utf-8")
    assert SECRET not in kept and AGENT not in kept
    assert "| intent | m2 | `greet` | `deny` | 0.80 |" in kept
    errors = (tmp_path / "errors.tsv").read_text(encoding="utf-8").splitlines()
    assert f"dev\tintent\tm2\tshop\tgreet\t\tdeny\t0.800\t{AGENT}\t{SECRET}2" in errors
    assert len(errors) == 1 + 2 * 2  # dev and cross-validation, two mistakes each


def test_results_hold_no_value_that_json_lacks(tmp_path: Path) -> None:
    write_results(run("greet", "greet", "greet", "greet"), tmp_path / "results.json")
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["rows"]["m3"]["intent"] == ["urge", "affirm", "greet", 0.8, False]


def test_targets_name_what_was_reached() -> None:
    found = {target.name: target for target in targets(run("greet", "greet", "affirm", "deny"))}
    assert found["intent accuracy"].reached
    assert not found["risk 2 recall"].reached  # no message of that level: nothing was shown
    assert found["intent calibration error (ECE), cross-validation"].value is not None
    assert found["intent calibration error (ECE), cross-validation"].value.value == pytest.approx(0.2)
    assert not found["intent calibration error (ECE), cross-validation"].reached


def test_the_comparison_shows_each_message_that_changed(
    records: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    text = compare.markdown(*records)
    assert "intent: 2 right now, 1 wrong now; emotion: 0 right now, 0 wrong now" in text
    assert "| intent | m1 | **wrong now** | `greet` | `greet` | `deny` |" in text
    assert "| intent | m3 | right now | `affirm` | `greet` | `affirm` |" in text
    assert "| m2 |" not in text


def test_the_comparison_works_label_by_label(records: tuple[dict[str, Any], dict[str, Any]]) -> None:
    lines = compare.markdown(*records).splitlines()
    # accuracy 2/4 → 3/4
    assert any(line.startswith("| **intent accuracy** | 4 | +0.250 [") for line in lines)
    # deny: never predicted, F1 0 → one of one found, twice predicted: 2/3
    assert any(line.startswith("| `deny` F1 | 1 | +0.667 [") for line in lines)
    # greet: 2 of 2 found, four times predicted: 2/3 → one of two found, once predicted: 2/3: unchanged, not shown
    assert not any(line.startswith("| `greet` F1 | 2 |") for line in lines)


def test_a_run_compared_with_itself_changed_nothing(records: tuple[dict[str, Any], dict[str, Any]]) -> None:
    text = compare.markdown(records[0], records[0])
    assert "**wrong now**" not in text and "| right now |" not in text
    assert "| **intent accuracy** | 4 | +0.000 [+0.00, +0.00] |" in text
    assert "` F1 |" not in text


def test_runs_without_a_dev_set_are_compared_in_cross_validation(
    records: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    old, new = ({**record, "rows": None} for record in records)
    text = compare.markdown(old, new)
    assert "One of the runs left it out." in text
    assert "| **intent accuracy** | 4 | 0.500 | 0.750 | +0.250 |" in text


def test_a_file_that_is_no_results_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[]", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["eval.compare", str(bad), str(bad)])
    assert compare.main() == 1
    assert "bad.json: no results of schema" in capsys.readouterr().err
