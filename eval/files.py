"""What a run leaves behind beside the report: ``results.json`` to compare with, ``errors.tsv`` to read."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.messages import Labelled
from eval.results import OURS, Compared, Results, targets

SCHEMA = 1
DIGITS = 4
WIDE = 3
"""Levels of ``results.json`` that get lines of their own; deeper values share one."""


def write_results(results: Results, path: Path) -> None:
    """Everything as JSON. The dev set's messages appear by id with their labels, never with their text."""
    record = {
        "schema": SCHEMA,
        "at": results.machine.at,
        "machine": asdict(results.machine),
        "quick": results.quick,
        "minutes": results.minutes,
        "folds": results.folds,
        "epochs": results.epochs,
        "starter_epochs": results.starter_epochs,
        "training_messages": len(results.cv.messages),
        "targets": [{**t._asdict(), "reached": t.reached} for t in targets(results)],
        "cv": _sets(results.cv),
        "dev": _sets(results.dev) if results.dev else None,
        "personality": [asdict(guess) for guess in results.personality.guesses]
        if results.personality
        else None,
        "curve": [asdict(point) for point in results.curve],
        "costs": [asdict(cost) for cost in results.costs],
        "rows": _rows(results.dev) if results.dev else None,
    }
    path.write_text("".join(_lines(_clean(record), WIDE)) + "\n", encoding="utf-8")


def _sets(found: Compared) -> dict[str, Any]:
    scores = {s: {t: asdict(score) for t, score in tasks.items()} for s, tasks in found.scores.items()}
    return {"messages": len(found.messages), "scores": scores, "leads": found.leads}


def _rows(dev: Compared) -> dict[str, dict[str, Any]]:
    """Ours by message and task: gold, second accepted label, predicted, confidence, right within the first three."""
    by_id = {message.id: message for message in dev.messages}
    rows: dict[str, dict[str, Any]] = {message.id: {} for message in dev.messages}
    for task, judged in dev.judged[OURS].items():
        for number, predicted, confidence, near in zip(
            judged.ids, judged.predicted, judged.confidence, judged.in_top3
        ):
            message = by_id[number]
            alternative = message.alternative if task == "intent" else ""
            rows[number][task] = [message.gold[task], alternative, predicted, confidence, near]
    return rows


def _clean(value: Any) -> Any:
    """Floats rounded, nan as null, every tuple a list."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DIGITS)
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value


def _lines(value: Any, wide: int, indent: str = "") -> Iterator[str]:
    """JSON whose outer ``wide`` levels are broken into lines, so that a diff shows what changed."""
    if not wide or not value or not isinstance(value, (dict, list)):
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)
        return
    items = (
        [(f"{json.dumps(k)}: ", v) for k, v in value.items()]
        if isinstance(value, dict)
        else [("", v) for v in value]
    )
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield opening
    for number, (key, item) in enumerate(items):
        yield f"{',' if number else ''}\n{indent} {key}"
        yield from _lines(item, wide - 1, indent + " ")
    yield f"\n{indent}{closing}"


def write_errors(results: Results, path: Path) -> None:
    """Ours' mistakes with their texts, the surest first: for reading on this machine, not for the repository."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, escapechar="\\")
        writer.writerow(
            ("set", "task", "id", "source", "gold", "intent_alt", "predicted", "confidence", "agent", "text")
        )
        for name, found in (("dev", results.dev), ("cv", results.cv)):
            if found is not None:
                writer.writerows((name, *row) for row in _mistakes(found))


def _mistakes(found: Compared) -> Iterator[tuple[str, ...]]:
    by_id: dict[str, Labelled] = {message.id: message for message in found.messages}
    for task, judged in found.judged[OURS].items():
        rows = zip(judged.ids, judged.right, judged.predicted, judged.confidence)
        wrong = [(i, p, c) for i, right, p, c in rows if not right]
        for number, predicted, confidence in sorted(
            wrong, key=lambda r: -(0.0 if math.isnan(r[2]) else r[2])
        ):
            m = by_id[number]
            sure = "" if math.isnan(confidence) else f"{confidence:.3f}"
            alternative = m.alternative if task == "intent" else ""
            yield (
                task,
                m.id,
                m.source,
                m.gold[task],
                alternative,
                predicted,
                sure,
                _flat(m.agent),
                _flat(m.text),
            )


def _flat(text: str) -> str:
    return " ".join(text.split())
