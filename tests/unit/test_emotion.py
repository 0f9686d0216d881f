"""The emotional course: level, smoothing, trend and mood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.analysis import Emotion
from bot.core.emotion import VALENCE, for_wording, level, mood, smooth, trend
from bot.core.labels import EMOTIONS, UPSET

RELAXED = settings(deadline=None, max_examples=60)
LEVELS = st.lists(st.floats(-3, 3), max_size=20)


def test_every_emotion_has_a_valence() -> None:
    assert set(VALENCE) == set(EMOTIONS)


@RELAXED
@given(st.sampled_from(EMOTIONS), st.floats(0, 3))
def test_level_is_bounded_and_has_the_sign_of_the_feeling(name: str, intensity: float) -> None:
    value = level(name, intensity)
    assert -3 <= value <= 3
    assert value <= 0 or name == "pleased"
    if name in UPSET and intensity >= 1:
        assert value <= -0.7


def test_an_unknown_emotion_is_neutral() -> None:
    assert level("melancholy", 3) == 0


def test_the_first_message_counts_in_full_and_later_ones_more_than_the_past() -> None:
    assert smooth(None, -3.0) == -3.0
    calmed = smooth(-3.0, 0.0)
    assert -1.5 < calmed < 0, "a storm is remembered a little, not more than the present"


@RELAXED
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_smoothing_stays_between_past_and_present(past: float, now: float) -> None:
    assert min(past, now) - 0.001 <= smooth(past, now) <= max(past, now) + 0.001


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], "steady"),
        ([-3.0], "steady"),
        ([-3.0, -1.0], "rising"),
        ([0.0, -2.0], "falling"),
        ([-1.0, -1.2], "steady"),
        ([-3.0, -3.0, -3.0, 0.0, 0.0, 0.0, 0.0], "steady"),
        ([0.0, 0.0, 0.0, -3.0], "falling"),
        ([-2.0, 1.0], "rising"),
    ],
)
def test_trend_compares_the_newest_with_the_few_before(levels: list[float], expected: str) -> None:
    assert trend(levels) == expected


@RELAXED
@given(LEVELS)
def test_trend_of_the_mirrored_course_is_the_opposite(levels: list[float]) -> None:
    opposite = {"rising": "falling", "falling": "rising", "steady": "steady"}
    assert trend([-x for x in levels]) == opposite[trend(levels)]


@pytest.mark.parametrize(
    ("name", "intensity", "risk", "expected"),
    [
        ("neutral", 0, 0, "easy"),
        ("pleased", 3, 0, "easy"),
        ("confused", 1, 0, "easy"),
        ("anxious", 1, 0, "tense"),
        ("disappointed", 3, 0, "tense"),
        ("angry", 1, 0, "tense"),
        ("angry", 1.5, 1, "tense"),
        ("angry", 2, 0, "heated"),
        ("aggrieved", 2.5, 0, "heated"),
        ("neutral", 0, 2, "heated"),
    ],
)
def test_mood(name: str, intensity: float, risk: int, expected: str) -> None:
    assert mood(name, intensity, risk) == expected


@RELAXED
@given(st.sampled_from(EMOTIONS), st.floats(0, 3), st.integers(0, 2))
def test_more_intensity_or_risk_never_lowers_the_mood(name: str, intensity: float, risk: int) -> None:
    order = ("easy", "tense", "heated")
    now = order.index(mood(name, intensity, risk))
    assert order.index(mood(name, 3.0, risk)) >= now
    assert order.index(mood(name, intensity, 2)) >= now


@pytest.mark.parametrize(
    ("name", "confidence", "intensity", "spoken_to"),
    [
        ("anxious", 0.55, 1.0, "neutral"),
        ("anxious", 0.9, 1.0, "anxious"),
        ("anxious", 0.55, 2.0, "anxious"),
        ("pleased", 0.4, 1.0, "pleased"),
    ],
)
def test_a_mild_doubtful_trouble_is_not_apologised_for(
    name: str, confidence: float, intensity: float, spoken_to: str
) -> None:
    assert for_wording(Emotion(name, confidence, intensity)).name == spoken_to
