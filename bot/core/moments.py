"""The Moments of Truth (K19): explore, offer, action, confirm, scored −3 .. +3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core import course
from bot.core.conversation import ConversationState
from bot.core.course import Mark
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
    "accuse": -1.0,
    "doubt_honesty": -1.5,
    "price_sarcasm": -1.5,
    "talk_back": -1.5,
    "shift_blame": -0.75,
    "disparage_colleague": -0.75,
    "deny": -0.75,
    "command": -0.75,
    "rule_pressure": -0.75,
    "leak_privacy": -1.5,
    "brush_off": -0.25,
    "over_promise": -0.25,
    "closed_no": -0.25,
    "exaggerate": -0.25,
    "premature_blame": -0.25,
    "canned": -0.25,
}
"""How much an agent's wording costs the relation, by draft-lint family (K9)."""

OTHER_HARM = -0.25
"""The cost of a family that operations have added and nobody has weighed yet."""


def harm(family: str) -> float:
    """What words of a draft-lint family cost the relation."""
    return HARM_OF_FAMILY.get(family, OTHER_HARM)


PRICES: Mapping[str, tuple[float, float]] = {
    "answered": (0.25, 1),
    "done": (0.25, 2),
    "cared": (0.25, 2),
    "thanked": (0.25, 2),
    "praised": (0.5, 1),
    "solved": (0.25, 2),
    "left_thankful": (0.25, 1),
    "left_content": (0.25, 1),
    "upset": (-0.25, 4),
    "complaint_open": (-0.5, 1),
    "left_upset": (-0.5, 3),
    "left_threatening": (-0.5, 1),
    "unanswered": (-0.25, 1),
    "failing": (-0.25, 1),
    "asked_again": (-0.25, 2),
    "said_again": (-0.25, 2),
    "refused": (-0.25, 3),
    "unsure": (-0.25, 3),
    "redirected": (-0.25, 3),
    "vague": (-0.25, 3),
    "blamed": (-0.5, 3),
    "hung_up": (-1.5, 1),
    "hurt": (-1.0, 4),
}
"""What each kind of evidence is worth, and how many times it counts."""
FAULTS = frozenset({"refused", "unsure", "redirected", "vague", "blamed", "hung_up"})
"""The kinds that are the agent's own doing, with a better wording in the content."""
MOMENT = 0.25
"""What each of the four moments done is worth."""
QUARTER = 4


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
    """−3 (relation at risk) .. +3 (delight) in quarters, 0 while the agent has not spoken.

    What the agent did for the customer raises it, what was asked and not given lowers it; how the customer feels and
    leaves weighs most, for their perception is what counts (K19).
    """
    return _score(state, _priced(state))


def view(state: ConversationState) -> dict[str, object]:
    """The ``process.moment_of_truth`` part of the card: the moments done, what else counted, a better wording.

    ``evidence`` are first the moments (with ``step``), then the rest (``step`` empty), the weightiest first;
    ``better``, once there is one, is the agent's costliest line with a wording that would have served.
    """
    priced = _priced(state)
    rest = sorted(priced, key=lambda item: -abs(item[1]))
    return {
        "step": open_moment(state),
        "score": _score(state, priced),
        "evidence": [*_moments(state), *(_evidence(mark, points) for mark, points in rest)],
        **({"better": dict(state.review["worst"])} if "worst" in state.review else {}),
    }


def _score(state: ConversationState, priced: list[tuple[Mark, float]]) -> float:
    if not state.agent_messages:
        return 0.0
    total = MOMENT * len(state.moments_done) + sum(points for _, points in priced)
    return max(-3.0, min(3.0, round(total * QUARTER) / QUARTER)) + 0.0


def _priced(state: ConversationState) -> list[tuple[Mark, float]]:
    if not state.agent_messages:
        return []
    marks = course.marks(state)
    found = {**marks, **{mark.kind: mark for mark in (*_complaint(state, marks), *_hurt(state))}}
    return [
        (mark, PRICES[kind][0] * min(PRICES[kind][1], mark.amount))
        for kind, mark in found.items()
        if kind in PRICES
    ]


def _complaint(state: ConversationState, marks: Mapping[str, Mark]) -> Iterator[Mark]:
    """A complaint stays open until the customer says that the matter is settled, or leaves with thanks."""
    upset, solved = marks.get("upset"), marks.get("solved")
    settled = "left_thankful" in marks or (solved and (not upset or solved.at >= upset.at))
    if state.complaint_open and not settled:
        text, message_id = (upset.text, upset.message_id) if upset else ("", "")
        yield Mark("complaint_open", 1.0, text, message_id)


def _hurt(state: ConversationState) -> Iterator[Mark]:
    """The running harm of the agent's wording, with its costliest words."""
    harm = float(state.review.get("harm", 0.0))
    if harm < 0:
        yield Mark("hurt", -harm, **state.review.get("hurt", {"text": "", "message_id": ""}))


def _moments(state: ConversationState) -> Iterator[dict[str, Any]]:
    for moment in MOMENTS:
        if moment in state.moments_done:
            done = state.moments_done[moment]
            yield {
                "step": moment,
                "kind": "moment",
                "points": MOMENT,
                "text": done["evidence"],
                "message_id": done.get("message_id", ""),
            }


def _evidence(mark: Mark, points: float) -> dict[str, Any]:
    return {
        "step": "",
        "kind": mark.kind,
        "points": round(points, 2),
        "text": mark.text,
        "message_id": mark.message_id,
        **({"why": mark.why} if mark.why else {}),
    }
