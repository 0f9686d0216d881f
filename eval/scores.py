"""From one system's readings of labelled messages to its scores, and to its lead over another system."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from eval.messages import TASKS, Labelled
from eval.metrics import (
    Bin,
    Interval,
    Metric,
    difference,
    expected_calibration_error,
    f1_intervals,
    f1_of,
    interval,
    macro_f1_of,
    mean_of,
    reliability,
    settle,
    wilson,
)

Ranking = Sequence[tuple[str, float]]
Reading = Mapping[str, Ranking]
"""For each task a system reads, labels with confidences, best first; the confidence is nan where it gives none."""


@dataclass(frozen=True)
class Answered:
    """A system's readings of messages and the milliseconds each took."""

    readings: tuple[Reading, ...]
    milliseconds: tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """One system's answers to one task, row by row; ``gold`` is settled: a right alternative counts as gold."""

    task: str
    ids: tuple[str, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    confidence: tuple[float, ...]
    in_top3: tuple[bool, ...]

    @property
    def right(self) -> tuple[bool, ...]:
        """Which answers are right."""
        return tuple(g == p for g, p in zip(self.gold, self.predicted))

    @property
    def bins(self) -> list[Bin]:
        """Reliability of the confidences; empty where the system gives none."""
        if not self.ids or any(map(math.isnan, self.confidence)):
            return []
        return reliability(self.confidence, self.right)


@dataclass(frozen=True)
class LabelScore:
    """How one label is found; None where nothing can be said (it was never gold, or never predicted)."""

    support: int
    precision: Interval | None
    recall: Interval | None
    f1: Interval | None


@dataclass(frozen=True)
class TaskScore:
    """Scores of one system on one task: ``headlines`` by name, ``labels`` by label, calibration error or None."""

    n: int
    headlines: Mapping[str, Interval]
    labels: Mapping[str, LabelScore]
    ece: float | None = field(default=None)


def judge(task: str, messages: Sequence[Labelled], readings: Sequence[Reading]) -> Judged:
    """The answers to one task on the messages whose label is known, for a system that reads that task."""
    rows = [(m, r[task]) for m, r in zip(messages, readings) if task in m.gold]
    predicted = [ranking[0][0] for _, ranking in rows]
    alternatives = [m.alternative if task == "intent" else "" for m, _ in rows]
    accepted = [{m.gold[task], alt} for (m, _), alt in zip(rows, alternatives)]
    return Judged(
        task,
        tuple(m.id for m, _ in rows),
        tuple(settle([m.gold[task] for m, _ in rows], alternatives, predicted)),
        tuple(predicted),
        tuple(ranking[0][1] for _, ranking in rows),
        tuple(any(name in ok for name, _ in ranking[:3]) for (_, ranking), ok in zip(rows, accepted)),
    )


def judge_all(messages: Sequence[Labelled], readings: Sequence[Reading]) -> dict[str, Judged]:
    """:func:`judge` for every task that the system reads."""
    tasks = [task for task in TASKS if readings and task in readings[0]]
    return {task: judge(task, messages, readings) for task in tasks}


HEADLINES: Mapping[str, Mapping[str, Callable[[Judged], Metric]]] = {
    "intent": {
        "accuracy": lambda j: mean_of(j.right),
        "top-3 accuracy": lambda j: mean_of(j.in_top3),
        "macro-F1": lambda j: macro_f1_of(j.gold, j.predicted),
    },
    "emotion": {
        "accuracy": lambda j: mean_of(j.right),
        "macro-F1": lambda j: macro_f1_of(j.gold, j.predicted),
    },
    "complaint": {"F1": lambda j: f1_of(j.gold, j.predicted, "1")},
    "risk": {
        "F1 of level 2": lambda j: f1_of(j.gold, j.predicted, "2"),
        "macro-F1": lambda j: macro_f1_of(j.gold, j.predicted),
    },
}
"""The figures systems are compared by."""


def score(judged: Judged) -> TaskScore | None:
    """All scores of one task; None without a single labelled message."""
    n = len(judged.ids)
    if not n:
        return None
    bins = judged.bins
    return TaskScore(
        n,
        {name: interval(make(judged), n) for name, make in HEADLINES[judged.task].items()},
        _label_scores(judged),
        expected_calibration_error(bins) if bins else None,
    )


def lead(ours: Judged, theirs: Judged) -> dict[str, Interval]:
    """Ours minus theirs by headline, paired over the same messages.

    Raises:
        ValueError: when the two did not answer the same messages.
    """
    if ours.ids != theirs.ids:
        raise ValueError(f"the two systems answered different messages of {ours.task}")
    n = len(ours.ids)
    return {name: difference(make(ours), make(theirs), n) for name, make in HEADLINES[ours.task].items()}


def confusions(judged: Judged, top: int) -> list[tuple[str, str, int]]:
    """The most frequent mistakes as (gold, predicted, times)."""
    wrong = Counter((g, p) for g, p in zip(judged.gold, judged.predicted) if g != p)
    return [
        (g, p, times) for (g, p), times in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:top]
    ]


def _label_scores(judged: Judged) -> dict[str, LabelScore]:
    names = [n for n in TASKS[judged.task] if n in judged.gold or n in judged.predicted]
    f1 = f1_intervals(judged.gold, judged.predicted, names)
    gold, predicted = np.asarray(judged.gold), np.asarray(judged.predicted)
    found: dict[str, LabelScore] = {}
    for name in names:
        is_gold, is_predicted = gold == name, predicted == name
        hits, support, times = (int(x.sum()) for x in (is_gold & is_predicted, is_gold, is_predicted))
        found[name] = LabelScore(support, wilson(hits, times), wilson(hits, support), f1[name])
    return found
