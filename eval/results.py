"""All figures of one run, and how they stand against what must be reached."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.machine import Machine, Noise
from bench.stats import Summary
from bot.core.labels import UNDETERMINED
from eval.messages import Labelled
from eval.metrics import Interval, wilson
from eval.scores import Judged, Reading, TaskScore, judge_all, lead, score

OURS, ALONE, STARTER, TFIDF, MAJORITY = "ours", "alone", "starter", "tfidf", "majority"
"""Ours as the card shows it, with the conversation before; ours on the message and the agent's line alone; the baselines."""
FOLD = "ours, one fold"
"""In the costs: the reader trained in cross-validation, median of the folds."""
CEILING: Mapping[tuple[str, str], float] = {
    ("intent", "accuracy"): 0.91,
    ("emotion", "macro-F1"): 0.84,
    ("complaint", "F1"): 0.96,
}
"""Agreement of the two people who labelled the dev set, each without seeing the other's labels."""


@dataclass(frozen=True)
class Compared:
    """Every system on the same messages; ``leads`` of ours over each baseline by task and headline."""

    messages: tuple[Labelled, ...]
    judged: Mapping[str, Mapping[str, Judged]]
    scores: Mapping[str, Mapping[str, TaskScore]]
    leads: Mapping[str, Mapping[str, Mapping[str, Interval]]]


def compare(messages: Sequence[Labelled], readings: Mapping[str, Sequence[Reading]]) -> Compared:
    """Judge and score the systems; ours must be among them."""
    judged = {system: judge_all(messages, found) for system, found in readings.items()}
    scores = {
        system: {task: scored for task, answers in tasks.items() if (scored := score(answers)) is not None}
        for system, tasks in judged.items()
    }
    leads = {
        system: {
            task: lead(judged[OURS][task], judged[system][task]) for task in tasks if task in scores[OURS]
        }
        for system, tasks in scores.items()
        if system != OURS
    }
    return Compared(tuple(messages), judged, scores, leads)


@dataclass(frozen=True)
class Guess:
    """Personality of a whole conversation: what people found, what we say, and how sure we are."""

    id: str
    gold: str
    predicted: str
    confidence: float


@dataclass(frozen=True)
class Personality:
    """Guesses over whole conversations; a guess of ``undetermined`` is silence."""

    guesses: tuple[Guess, ...]

    @property
    def spoken(self) -> list[Guess]:
        """The conversations where a type was named."""
        return [guess for guess in self.guesses if guess.predicted != UNDETERMINED]

    @property
    def precision(self) -> Interval | None:
        """How often the named type is the one people found; None when none was ever named."""
        return wilson(sum(guess.predicted == guess.gold for guess in self.spoken), len(self.spoken))

    @property
    def coverage(self) -> Interval | None:
        """In how many conversations a type was named."""
        return wilson(len(self.spoken), len(self.guesses))


@dataclass(frozen=True)
class CurvePoint:
    """Headlines after training on ``messages`` messages: by system, by set (``held``, ``dev``), by ``task headline``."""

    messages: int
    figures: Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True)
class Cost:
    """What a system costs; None where it was not measured: the model file was trained before the run, on everything."""

    system: str
    trained_on: int | None
    seconds: float | None
    megabytes: float | None
    read: Summary | None


@dataclass(frozen=True)
class Results:
    """One run; what was left out is None or empty."""

    machine: Machine
    noise: tuple[Noise, Noise]
    quick: bool
    minutes: float
    folds: int
    epochs: int | None
    cv: Compared
    dev: Compared | None = None
    personality: Personality | None = None
    curve: tuple[CurvePoint, ...] = field(default=())
    costs: tuple[Cost, ...] = field(default=())
    starter_epochs: int | None = None


class Target(NamedTuple):
    """One of the figures that must be reached; ``value`` is None when it could not be measured."""

    name: str
    value: Interval | None
    limit: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure itself (not its interval) is on the right side of its limit."""
        if self.value is None:
            return False
        return self.value.value <= self.limit if self.at_most else self.value.value >= self.limit


_MUSTS: tuple[tuple[str, str, str, float], ...] = (
    ("intent accuracy", "intent", "accuracy", 0.72),
    ("intent, right among the first three", "intent", "top-3 accuracy", 0.88),
    ("intent macro-F1", "intent", "macro-F1", 0.62),
    ("emotion macro-F1", "emotion", "macro-F1", 0.62),
    ("complaint F1", "complaint", "F1", 0.85),
)


def targets(results: Results) -> list[Target]:
    """What must be reached, with this run's figures: on the dev set, and the calibration in cross-validation."""
    found: list[Target] = []
    if results.dev is not None:
        scores = results.dev.scores[OURS]
        for name, task, headline, limit in _MUSTS:
            found.append(Target(name, scores[task].headlines[headline] if task in scores else None, limit))
        level = scores["risk"].labels.get("2") if "risk" in scores else None
        found.append(Target("risk 2 recall", level.recall if level else None, 0.85))
        found.append(Target("risk 2 precision", level.precision if level else None, 0.65))
    if results.personality is not None:
        found.append(Target("personality, precision where it speaks", results.personality.precision, 0.80))
        found.append(Target("personality, conversations where it speaks", results.personality.coverage, 0.25))
    for task in ("intent", "emotion"):
        ece = results.cv.scores[OURS][task].ece
        value = None if ece is None else Interval(ece, math.nan, math.nan)
        found.append(Target(f"{task} calibration error (ECE), cross-validation", value, 0.05, at_most=True))
    return found
