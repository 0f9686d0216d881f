"""The emotional course of a conversation: a smoothed level and its trend."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.analysis import Emotion

VALENCE = {
    "angry": -1.0,
    "anxious": -0.7,
    "disappointed": -0.8,
    "aggrieved": -0.8,
    "confused": -0.3,
    "neutral": 0.0,
    "pleased": 1.0,
}
SMOOTHING = 0.6
"""Weight of the newest message; a service veteran remembers the storm a little after it has passed."""
TREND_STEP = 0.5
SURE, MILD = 0.6, 1.0


def level(name: str, intensity: float) -> float:
    """Signed feeling of one message, −3 (furious) .. +3 (delighted)."""
    return VALENCE.get(name, 0.0) * intensity


def smooth(previous: float | None, value: float) -> float:
    """Exponential smoothing of the level; the first message counts in full."""
    return value if previous is None else round(SMOOTHING * value + (1 - SMOOTHING) * previous, 3)


def trend(levels: Sequence[float]) -> str:
    """``rising`` when feelings improve, ``falling`` when they worsen, else ``steady``.

    Compares the newest level with the mean of the (up to three) before it.
    """
    if len(levels) < 2:
        return "steady"
    earlier = levels[-4:-1]
    change = levels[-1] - sum(earlier) / len(earlier)
    if change >= TREND_STEP:
        return "rising"
    return "falling" if change <= -TREND_STEP else "steady"


def mood(name: str, intensity: float, risk: int) -> str:
    """``heated`` (clear anger or a threat), ``tense`` (upset) or ``easy``."""
    if risk >= 2 or (name in ("angry", "aggrieved") and intensity >= 2):
        return "heated"
    return "tense" if level(name, intensity) <= -0.7 else "easy"


def for_wording(feeling: Emotion) -> Emotion:
    """The feeling a reply should speak to: a mild one that was hardly made out counts as calm.

    An apology to somebody who is not upset costs more than a plain answer to somebody who is, a little.
    """
    doubtful = feeling.confidence < SURE and feeling.intensity <= MILD
    return Emotion("neutral", feeling.confidence, 0.0) if feeling.upset and doubtful else feeling
