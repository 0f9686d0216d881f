"""``python -m eval.compare OLD.json NEW.json``: what a change did to the scores, label by label, as Markdown.

On the dev set both runs read the same messages, so differences come with a paired bootstrap over the messages both know,
against the gold labels of the new run. In cross-validation the messages may differ; there a change is called sure when the
two intervals do not overlap.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cells import CV, lead, table
from eval.files import SCHEMA
from eval.messages import TASKS
from eval.metrics import Interval, difference, f1_of, settle
from eval.results import OURS
from eval.scores import HEADLINES, Judged

SMALLEST = 0.0005
"""Changes below this are rounding."""


class CompareError(Exception):
    """A file is no results file of this version; the message names it."""


def read(path: Path) -> dict[str, Any]:
    """One ``results.json``. Raises :class:`CompareError`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CompareError(f"{path}: {error}") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise CompareError(f"{path}: no results of schema {SCHEMA}")
    return found


def markdown(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The whole comparison."""
    sections = [f"# {old['at']} → {new['at']}", "## Targets\n\n" + _targets(old, new)]
    if old.get("rows") and new.get("rows"):
        judged = {task: _pair(task, old["rows"], new["rows"]) for task in TASKS}
        known = {task: pair for task, pair in judged.items() if pair[0].ids}
        sections += [
            "## Dev set\n\n" + _paired(known),
            "## Dev set, message by message\n\n" + _messages(known),
        ]
    else:
        sections.append("## Dev set\n\nOne of the runs left it out.")
    sections.append("## Cross-validation\n\n" + _unpaired(old[CV], new[CV]))
    return "\n\n".join(sections) + "\n"


def _targets(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before = {target["name"]: target for target in old["targets"]}
    rows = []
    for target in new["targets"]:
        was = before.get(target["name"])
        limit = f"{'≤' if target['at_most'] else '≥'} {target['limit']:.2f}"
        rows.append((target["name"], _state(was), _state(target), limit))
    return table(("figure", "old", "new", "target"), rows)


def _state(target: Mapping[str, Any] | None) -> str:
    if target is None or not target["value"] or target["value"][0] is None:
        return "–"
    return f"{target['value'][0]:.3f}" + ("" if target["reached"] else " **no**")


def _pair(task: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Judged, Judged]:
    """Both runs' answers to one task on the messages both have, scored against the new run's gold labels."""
    ids = [number for number in new if task in new[number] and task in old.get(number, {})]
    truth = [(new[number][task][0], new[number][task][1]) for number in ids]
    return _judged(task, ids, truth, old), _judged(task, ids, truth, new)


def _judged(task: str, ids: list[str], truth: list[tuple[str, str]], rows: Mapping[str, Any]) -> Judged:
    answers = [rows[number][task] for number in ids]
    predicted = [answer[2] for answer in answers]
    gold = settle([g for g, _ in truth], [alt for _, alt in truth], predicted)
    confidence = tuple(math.nan if answer[3] is None else float(answer[3]) for answer in answers)
    return Judged(task, tuple(ids), tuple(gold), tuple(predicted), confidence, tuple(a[4] for a in answers))


def _paired(judged: Mapping[str, tuple[Judged, Judged]]) -> str:
    rows = []
    for task, (old, new) in judged.items():
        n = len(new.ids)
        for name, make in HEADLINES[task].items():
            rows.append((f"**{task} {name}**", f"{n}", lead(difference(make(new), make(old), n))))
        for label in TASKS[task]:
            before, after = f1_of(old.gold, old.predicted, label), f1_of(new.gold, new.predicted, label)
            change = difference(after, before, n)
            if abs(change.value) >= SMALLEST:
                rows.append((f"`{label}` F1", f"{new.gold.count(label)}", lead(change)))
    note = "New minus old, paired bootstrap; bold where the interval leaves out 0. Labels whose F1 did not change are left out."
    return f"{note}\n\n" + table(("", "messages", "change [95 %]"), rows)


def _messages(judged: Mapping[str, tuple[Judged, Judged]]) -> str:
    rows: list[tuple[str, ...]] = []
    totals = []
    for task, (old, new) in judged.items():
        fixed = broken = 0
        for number, gold, was, now, right_before, right in zip(
            new.ids, new.gold, old.predicted, new.predicted, old.right, new.right
        ):
            if right_before == right:
                continue
            fixed, broken = fixed + right, broken + right_before
            rows.append(
                (task, number, "right now" if right else "**wrong now**", f"`{gold}`", f"`{was}`", f"`{now}`")
            )
        totals.append(f"{task}: {fixed} right now, {broken} wrong now")
    return "; ".join(totals) + ".\n\n" + table(("task", "message", "", "gold", "old", "new"), rows)


def _unpaired(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    rows = [row for task in TASKS for row in _scores(task, old["scores"][OURS], new["scores"][OURS])]
    note = f"{old['messages']:,} → {new['messages']:,} messages. Bold where the two 95 % intervals do not overlap."
    return f"{note}\n\n" + table(("", "messages", "old", "new", "change"), rows)


def _scores(task: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    if task not in old or task not in new:
        return
    for name, now in new[task]["headlines"].items():
        yield from _change(f"**{task} {name}**", new[task]["n"], old[task]["headlines"].get(name), now)
    before, after = old[task]["ece"], new[task]["ece"]
    if before is not None and after is not None:
        yield f"{task} calibration error", "", f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}"
    for label, now in new[task]["labels"].items():
        was = old[task]["labels"].get(label)
        yield from _change(f"`{label}` F1", now["support"], was and was["f1"], now["f1"])


def _change(name: str, n: int, old: list[Any] | None, new: list[Any] | None) -> Iterator[tuple[str, ...]]:
    """A row, unless nothing changed."""
    if not old or not new or None in old or None in new:
        return
    was, now = Interval(*old), Interval(*new)
    change = now.value - was.value
    if abs(change) < SMALLEST and not name.startswith("**"):
        return
    sure = now.low > was.high or now.high < was.low
    text = f"{change:+.3f}"
    yield name, f"{n:,}", f"{was.value:.3f}", f"{now.value:.3f}", f"**{text}**" if sure else text


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval.compare", description=__doc__)
    parser.add_argument("old", type=Path, help="results.json before the change")
    parser.add_argument("new", type=Path, help="results.json after it")
    options = parser.parse_args()
    try:
        print(markdown(read(options.old), read(options.new)))
    except CompareError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
