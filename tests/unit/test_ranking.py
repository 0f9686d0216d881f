"""Learning from clicks: slow, bounded and fair to new phrases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.content import Content, Phrase, Plan
from bot.core.ranking import CAP, preference
from bot.core.suggestion import ReplyContext, compose

RELAXED = settings(deadline=None, max_examples=60)
COUNTS = st.tuples(*[st.integers(0, 10_000)] * 3)
PLANS = tuple(
    Plan(f"p{n}", "accept", a, ("own", "ask_back"), "why", "smile")
    for n, a in enumerate(("empathy", "action", "question"))
)


def library(owns: int) -> Content:
    """Equal phrases, so that only learning and the turn-taking of equals decide."""
    own = tuple(Phrase(f"own.{n}", "own", f"这件事情{n}号办法我来办好它。") for n in range(owns))
    ask = tuple(Phrase(f"ask.{n}", "ask_back", f"问题{n}您看呢？") for n in range(3))
    return Content((*own, *ask), PLANS, (), {}, {}, {}, {})


def shown(content: Content, phrase_id: str, counts: dict[str, tuple[int, int, int]], talks: int = 300) -> int:
    """In how many of the conversations the phrase is among the three replies."""
    total = 0
    for talk in range(talks):
        situation = ReplyContext(
            "accept", "ask_policy", "ask_policy", "neutral", 0, "easy", "neutral", seed=f"c{talk}:1"
        )
        replies = compose(content, situation, preference=preference(counts))
        total += any(part.phrase_id == phrase_id for reply in replies for part in reply.parts)
    return total


def test_an_unknown_phrase_is_neither_liked_nor_disliked() -> None:
    assert preference({})("acknowledge.any.1") == 0.0
    assert preference({"a": (0, 0, 0)})("a") == 0.0


@RELAXED
@given(COUNTS)
def test_preference_is_bounded(counts: tuple[int, int, int]) -> None:
    assert -CAP <= preference({"a": counts})("a") <= CAP


@RELAXED
@given(COUNTS)
def test_each_kind_of_click_pulls_its_way(counts: tuple[int, int, int]) -> None:
    used, edited, dismissed = counts
    now = preference({"a": counts})("a")
    assert preference({"a": (used + 1, edited, dismissed)})("a") >= now
    assert preference({"a": (used, edited, dismissed + 1)})("a") <= now


def test_an_edit_is_worth_less_than_a_use_and_more_than_nothing() -> None:
    liked = preference({"used": (5, 0, 0), "edited": (0, 5, 0), "dismissed": (0, 0, 5)})
    assert liked("used") > liked("edited") > 0 > liked("dismissed")


def test_a_few_clicks_cannot_bury_a_phrase() -> None:
    content = library(12)
    fair = shown(content, "own.0", {})
    after = shown(content, "own.0", {"own.0": (0, 0, 3)})
    assert 0 < after < fair


def test_many_clicks_do_move_it() -> None:
    content = library(12)
    assert shown(content, "own.0", {"own.0": (0, 0, 200)}) == 0
    assert shown(content, "own.0", {"own.0": (200, 0, 0)}) == 300


def test_one_click_on_a_new_phrase_does_not_beat_a_proven_one() -> None:
    liked = preference({"new": (1, 0, 0), "proven": (80, 5, 15)})
    assert liked("proven") > liked("new") > 0
