"""The Moments of Truth (K19): explore, offer, action, confirm, scored −3 .. +3."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.conversation import ConversationState
from bot.core.labels import MOMENTS

MOMENT_OF_STEP = {
    "accept": "explore",
    "calm": "explore",
    "clarify": "explore",
    "resolve": "offer",
    "act": "action",
    "confirm": "confirm",
    "thank": "confirm",
}
"""What an agent's complaint step means for the moment of truth it belongs to."""

HARM_OF_FAMILY = {
    "belittle": -1.5,
    "accuse": -1.5,
    "doubt_honesty": -1.5,
    "price_sarcasm": -1.5,
    "talk_back": -1.5,
    "shift_blame": -1.2,
    "disparage_colleague": -0.8,
    "deny": -1.0,
    "command": -0.8,
    "rule_pressure": -0.8,
    "leak_privacy": -1.5,
    "brush_off": -0.6,
    "over_promise": -0.3,
    "closed_no": -0.3,
    "exaggerate": -0.3,
    "premature_blame": -0.3,
    "canned": -0.2,
}
"""How much an agent's wording costs the relation, by draft-lint family (K9)."""


def on_agent(state: ConversationState, steps: Mapping[str, str], message_id: str) -> None:
    """Mark the moments an agent line performs, with the sentence as evidence."""
    for step, text in steps.items():
        moment = MOMENT_OF_STEP.get(step)
        if moment:
            state.moments_done.setdefault(moment, {"evidence": text, "message_id": message_id})


def open_moment(state: ConversationState) -> str:
    """The first moment not yet done; ``confirm`` when all are."""
    return next((m for m in MOMENTS if m not in state.moments_done), "confirm")


def score(state: ConversationState) -> float:
    """−3 (relation at risk) .. +3 (delight), 0 while nothing was expected or done.

    Steps done raise it, hurtful wording and a worsening mood lower it; a hang-up or hostile words on top of
    an unsolved complaint reach −3, which is where a veteran would put them. Above +1.5 only the customer's own
    mood lifts it: doing all steps meets expectations, delight is for the customer to show.
    """
    if not state.agent_messages:
        return 0.0
    harm = float(state.review.get("harm", 0.0))
    care = float(state.review.get("care", 0.0))
    progress = 0.5 * len(state.moments_done)
    if state.complaint_open:
        progress += 0.25 * len(state.steps_done)
        progress -= 1.0 if not ({"resolve", "act"} & state.steps_done.keys()) else 0.0
    mood = 0.5 * (state.emotion_level or 0.0)
    recovery = 0.4 * min(2.0, max(0.0, (state.emotion_level or 0.0) - state.worst_level))
    total = progress + care + harm + mood + recovery
    ceiling = min(3.0, 1.5 + max(0.0, state.emotion_level or 0.0))
    return round(max(-3.0, min(ceiling, total)), 1)


def view(state: ConversationState) -> dict[str, object]:
    """The ``process.moment_of_truth`` part of the card."""
    return {
        "step": open_moment(state),
        "score": score(state),
        "evidence": [
            {"step": m, "text": state.moments_done[m]["evidence"]} for m in MOMENTS if m in state.moments_done
        ],
    }
