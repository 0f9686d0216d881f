"""A vague message is read in the light of the topics before it; a clear one stays what it is."""

from __future__ import annotations

import pytest

from bot.core.analysis import Analysis, Emotion, Intent
from bot.core.conversation import Turn
from bot.core.topics import in_context


def said(*ranking: tuple[str, float]) -> Analysis:
    intent = Intent(ranking[0][0], ranking[0][1], ranking)
    return Analysis("什么时候改好", "zh", intent, Emotion("neutral", 0.9, 0.0), False)


def turns(*intents: str) -> list[Turn]:
    return [Turn("customer", "…", str(n), intent) for n, intent in enumerate(intents)]


VAGUE = (("modify_order", 0.3), ("ask_invoice", 0.2), ("urge", 0.1))


def test_an_earlier_topic_wins_over_a_guess() -> None:
    intent = in_context(said(*VAGUE), turns("ask_invoice", "affirm")).intent
    assert intent.name == "ask_invoice"
    assert intent.confidence == pytest.approx(0.5 / (0.3 + 0.5 + 0.1 + 0.4))
    assert [name for name, _ in intent.ranking] == ["ask_invoice", "modify_order", "urge"]


def test_a_clear_reading_stays() -> None:
    clear = said(("modify_order", 0.8), ("ask_invoice", 0.1))
    assert in_context(clear, turns("ask_invoice")).intent.name == "modify_order"


@pytest.mark.parametrize("earlier", [[], ["urge", "provide_info"], ["ask_policy"]])
def test_without_a_topic_among_the_readings_nothing_changes(earlier: list[str]) -> None:
    analysis = said(*VAGUE)
    assert in_context(analysis, turns(*earlier)) is analysis


def test_the_agents_lines_are_no_topics() -> None:
    analysis = said(*VAGUE)
    assert in_context(analysis, [Turn("agent", "…", "1", "ask_invoice")]) is analysis
