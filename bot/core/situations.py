"""Which situation a conversation is in: the matter it is about, and the move its newest message makes."""

from __future__ import annotations

from bot.core.analysis import Analysis
from bot.core.content import Content, ServiceSituation
from bot.core.conversation import ConversationState
from bot.core.labels import SMALL_TALK, TURN_FAMILY

TAKEN = 0.35
"""From this score on a situation is recognised; below, the intent's general move speaks."""
CHANGED = 0.5
"""A new matter needs more than this to push a known one aside."""
CUE = 0.4
UNCUED = 0.6
"""The reader knows each situation from a dozen examples only: without a cue it must be nearly certain."""
OTHER_INTENT = 0.5
STRANGE_INTENT = 0.25
NEAR_INTENTS = 3
SEARCHED = 300
"""Characters of a message in which cues are looked for; training messages are no longer."""


def recognise(content: Content, state: ConversationState, analysis: Analysis, text: str) -> None:
    """Set ``state.situation`` (the matter, kept from message to message) and ``state.turn`` (this message's move).

    Args:
        text: the message as the cues are written: simplified script, half width, small letters.
    """
    scores = score(content, analysis, text)
    turn = max((s for s in scores if _is_turn(content, s)), key=lambda s: scores[s], default="")
    matter = max((s for s in scores if not _is_turn(content, s)), key=lambda s: scores[s], default="")
    of_turn, of_matter = scores.get(turn, 0.0), scores.get(matter, 0.0)
    state.turn = turn if of_turn >= TAKEN and of_turn >= of_matter else ""
    small = analysis.intent.name in SMALL_TALK or analysis.intent.name == "provide_info" or state.turn
    needed = CHANGED if state.situation and small else TAKEN
    if of_matter >= needed:
        state.situation = matter


def score(content: Content, analysis: Analysis, text: str) -> dict[str, float]:
    """Score 0..1 of every situation in question: the reader's probability and the cue, weighed by the intent.

    Situations that could not be recognised even with their cue are left out, and their cues not searched.
    """
    scores: dict[str, float] = {}
    read = dict(analysis.situations)
    for situation in content.situations.values():
        probability, weight = read.get(situation.id, 0.0), _weight(situation, analysis)
        if weight * (probability + CUE) < TAKEN:
            continue
        cued = situation.cue is not None and situation.cue.search(text, 0, SEARCHED) is not None
        raw = probability + CUE if cued else UNCUED * probability
        if raw:
            scores[situation.id] = min(1.0, weight * raw)
    return scores


def _weight(situation: ServiceSituation, analysis: Analysis) -> float:
    if analysis.intent.name in situation.intents:
        return 1.0
    near = {name for name, _ in analysis.intent.ranking[:NEAR_INTENTS]}
    return OTHER_INTENT if near & situation.intents else STRANGE_INTENT


def _is_turn(content: Content, situation_id: str) -> bool:
    situation = content.situations.get(situation_id)
    return situation is not None and situation.family == TURN_FAMILY
