"""Personality as a hint with evidence (K1): weights add up over a conversation, and doubt wins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.analysis import Evidence
from bot.core.labels import PERSONALITIES, UNDETERMINED

PRIOR_WEIGHT = 1.0
"""Pseudo-evidence shared by the four types: a few words never swing the posterior."""
MIN_WEIGHT = 3.0
MIN_CUES = 2
MIN_MESSAGES = 3
MIN_POSTERIOR = 0.5
MIN_MARGIN = 0.15


@dataclass(frozen=True)
class Posterior:
    """``type`` is one of the four or ``undetermined``; scores sum to 1; source says who decided."""

    type: str
    confidence: float
    scores: Mapping[str, float]
    source: str = "inferred"


def accumulate(weights: Mapping[str, float], evidence: Iterable[Evidence]) -> dict[str, float]:
    """Add new evidence to the running weights. A repeated cue adds less each time (square root)."""
    total = {name: float(weights.get(name, 0.0)) for name in PERSONALITIES}
    for item in evidence:
        if item.type in total:
            total[item.type] = math.sqrt(total[item.type] ** 2 + item.weight**2) + 0.5 * item.weight
    return total


def posterior(weights: Mapping[str, float], *, cues: int, messages: int) -> Posterior:
    """The posterior over the four types, ``undetermined`` unless evidence is ample and one-sided.

    Args:
        weights: accumulated evidence weight by type.
        cues: how many distinct rules have fired for the leading type.
        messages: customer messages seen so far; with fewer than three the type stays open.
    """
    total = sum(weights.get(name, 0.0) for name in PERSONALITIES)
    norm = total + 4 * PRIOR_WEIGHT
    scores = {name: (weights.get(name, 0.0) + PRIOR_WEIGHT) / norm for name in PERSONALITIES}
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    (leader, top), (_, second) = ordered[0], ordered[1]
    enough = (
        messages >= MIN_MESSAGES
        and cues >= MIN_CUES
        and weights.get(leader, 0.0) >= MIN_WEIGHT
        and top >= MIN_POSTERIOR
        and top - second >= MIN_MARGIN
    )
    rounded = {name: round(score, 3) for name, score in scores.items()}
    return Posterior(leader if enough else UNDETERMINED, round(top, 3), rounded)
