"""All figures of one run, and how they stand against the targets and the starter pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bench.epochs import projected_seconds
from bench.machine import Machine, Noise
from bench.server import Served
from bench.stats import Summary
from bench.training import Trained

FULL_EPOCHS = 100
"""What Rasa's default configuration asks for."""


@dataclass(frozen=True)
class InProcess:
    """Figures of one process with one pipeline; ``parts`` only for ours."""

    card: Summary
    cpu: Summary
    ready_s: float
    resident_mb: float
    parts: dict[str, Summary]


@dataclass(frozen=True)
class Results:
    """One run; what was left out is None."""

    machine: Machine
    noise: tuple[Noise, Noise]
    quick: bool
    minutes: float
    product: InProcess
    served: Served
    trained: Trained | None
    starter: InProcess | None
    starter_trained: Trained | None
    starter_epochs: int


class Target(NamedTuple):
    """One line of the issue's "Speed and memory to reach"."""

    name: str
    value: float
    unit: str
    limit: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is on the right side of its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


class Ratio(NamedTuple):
    """A figure of ours and the starter pipeline's; ``times`` above 1 means that ours is ahead."""

    name: str
    ours: float
    starter: float
    unit: str

    @property
    def times(self) -> float:
        """How many times the starter's figure is ours; less is better for every figure here."""
        return self.starter / self.ours if self.ours else 0.0


def targets(results: Results) -> list[Target]:
    """The issue's targets with this run's figures."""
    card, served, last = results.product.card, results.served, max(results.served.growth.later)
    found = [
        Target("card in process, p50", card.p50, "ms", 10),
        Target("card in process, p95", card.p95, "ms", 20),
        Target("card through the server, one conversation, p95", served.one.p95, "ms", 35),
        Target("eight conversations at once", served.cards_a_second, "cards/s", 90, at_least=True),
        Target(f"message {last:,} against message 5", round(served.growth.ratio, 2), "×", 1.2),
        Target("resident memory of the server, after the load", round(served.resident_mb), "MB", 900),
        Target("`python -m bot run` to first card, warm disk", round(served.cold_start_s, 1), "s", 12),
    ]
    if results.trained is not None:
        found.append(Target("training", round(results.trained.seconds, 1), "s", 120))
    return found


def ratios(results: Results) -> list[Ratio]:
    """Ours beside the starter pipeline; empty when that was left out."""
    starter = results.starter
    if starter is None:
        return []
    ours = results.product
    found = [
        Ratio("one message in process, p50", ours.card.p50, starter.card.p50, "ms"),
        Ratio("one message in process, p95", ours.card.p95, starter.card.p95, "ms"),
        Ratio("processor time of a message, p50", ours.cpu.p50, starter.cpu.p50, "ms"),
        Ratio("resident memory in process", ours.resident_mb, starter.resident_mb, "MB"),
        Ratio("process start to first answer", ours.ready_s, starter.ready_s, "s"),
    ]
    if results.trained is not None and results.starter_trained is not None:
        mine, theirs, epochs = results.trained, results.starter_trained, results.starter_epochs
        found += [
            Ratio(f"training, the starter for {epochs} epochs", mine.seconds, theirs.seconds, "s"),
            Ratio("peak memory of training", mine.peak_mb, theirs.peak_mb, "MB"),
        ]
        if epochs < FULL_EPOCHS:
            full = projected_seconds(theirs.log, theirs.seconds, FULL_EPOCHS)
            found.append(
                Ratio(f"training, the starter's {FULL_EPOCHS} epochs *estimated*", mine.seconds, full, "s")
            )
    return found
