"""Which labels a message may carry, and which contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.core.labels import EMOTIONS, INTENTS

LABEL_KEYS: Final = ("emotion", "intensity", "complaint", "risk")
CALM: Final = "neutral"
_NAMES: Final = {"intent": INTENTS, "emotion": EMOTIONS}
_NUMBERS: Final = {"intensity": (0, 3), "complaint": (0, 1), "risk": (0, 2)}
_ALWAYS_COMPLAINTS: Final = ("complain_delay", "complain_attitude", "complain_dishonest")
_THREATS: Final = ("threaten_escalation", "threaten_churn")


def label_faults(labels: Mapping[str, Any]) -> Iterator[str]:
    """Every fault of one set of labels (intent, emotion, intensity, complaint, risk).

    A missing intent is a fault of the block's form and is not told again here. Low risk without a complaint
    holds: a cheated or despairing customer can lose trust without blaming the company.
    """
    for key in LABEL_KEYS:
        if key not in labels:
            yield f"metadata lacks '{key}'"
    for key, names in _NAMES.items():
        if labels.get(key) is not None and labels[key] not in names:
            yield f"unknown {key} '{labels[key]}'"
    right = {key for key in _NUMBERS if key in labels and _in_range(labels[key], *_NUMBERS[key])}
    for key in _NUMBERS:
        if key in labels and key not in right:
            low, high = _NUMBERS[key]
            yield f"{key} must be a whole number from {low} to {high}, not {labels[key]!r}"
    emotion, intent = labels.get("emotion"), labels.get("intent")
    if "intensity" in right and emotion in EMOTIONS and (emotion == CALM) != (labels["intensity"] == 0):
        yield f"intensity is 0 exactly when neutral, not {labels['intensity']} with {emotion}"
    if {"risk", "complaint"} <= right and labels["risk"] == 2 and not labels["complaint"]:
        yield "risk 2 without complaint 1: a threat or abuse words dissatisfaction"
    if "complaint" in right and intent in _ALWAYS_COMPLAINTS and not labels["complaint"]:
        yield f"{intent} without complaint 1"
    if "risk" in right and intent in _THREATS and not labels["risk"]:
        yield f"{intent} with risk 0"


def _in_range(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high
