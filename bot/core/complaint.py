"""The six complaint steps (K15) and the four stages a complaint grows through (K16)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.analysis import Analysis
from bot.core.conversation import MAX_TEXT, ConversationState
from bot.core.labels import COMPLAINT_INTENTS, COMPLAINT_STEPS
from bot.core.privacy import mask

CAUSE_OF = {
    "complain_attitude": "attitude",
    "complain_dishonest": "deceived",
    "dispute_charge": "different_yardstick",
    "demand_compensation": "higher_demand",
    "request_supervisor": "attitude",
}
"""Cause (K16) by topic; everything else about goods and service is ``quality``."""

STAGES = ("none", "latent_grievance", "open_grievance", "latent_complaint", "complaint")


def opens_complaint(analysis: Analysis) -> bool:
    """Whether this message starts (or continues) a complaint rather than an ordinary request."""
    return (
        analysis.is_complaint
        or analysis.risk.level == 2
        or (analysis.emotion.name == "angry" and analysis.emotion.intensity >= 2)
        or (analysis.intent.name in COMPLAINT_INTENTS and (analysis.emotion.upset or analysis.risk.level > 0))
    )


def stage_of(analysis: Analysis) -> str:
    """How far the grievance has grown in this message (K16)."""
    if analysis.risk.level == 2 or analysis.intent.name in ("threaten_escalation", "request_supervisor"):
        return "complaint"
    if analysis.is_complaint and (analysis.emotion.intensity >= 2 or analysis.risk.level == 1):
        return "latent_complaint"
    if analysis.is_complaint:
        return "open_grievance"
    return "latent_grievance" if analysis.emotion.upset else "none"


def on_customer(state: ConversationState, analysis: Analysis, mood: str, message_id: str = "") -> None:
    """Move the complaint along with a customer message.

    A complaint opens at the first worded dissatisfaction; when all six steps are done, the next one starts
    anew. A customer who speaks calmly after being accepted needs no calming; the answer to a question completes
    ``clarify``. New heat after the agent has offered
    something re-opens ``calm`` (veterans calm again before they argue facts).
    """
    if len(state.steps_done) == len(COMPLAINT_STEPS) and opens_complaint(analysis):
        state.complaint_open, state.complaint_stage, state.steps_done, state.warnings = False, "none", {}, []
    stage = stage_of(analysis)
    if STAGES.index(stage) > STAGES.index(state.complaint_stage):
        state.complaint_stage = stage
    if not state.complaint_open and opens_complaint(analysis):
        state.complaint_open = True
        state.complaint_cause = CAUSE_OF.get(analysis.intent.name, "quality")
    if not state.complaint_open:
        return
    if mood == "heated" and {"calm", "resolve"} <= state.steps_done.keys():
        for step in ("calm", "resolve", "act", "thank"):
            state.steps_done.pop(step, None)
    shown = {"evidence": mask(analysis.text)[:MAX_TEXT], "message_id": message_id, "by": "customer"}
    if mood == "easy" and "accept" in state.steps_done:
        state.steps_done.setdefault("calm", dict(shown))
    if state.question_pending and mood != "heated":
        state.steps_done.setdefault("clarify", dict(shown))
    state.question_pending = False


def on_agent(state: ConversationState, steps: Mapping[str, str], message_id: str) -> list[dict[str, str]]:
    """Mark the steps an agent line performs (step → its sentence) and return the order warnings it earns.

    Offering or acting before the trouble is clear, and thanking before anything was done, are flagged
    (K15); the step still counts, with its evidence sentence, because it happened.
    """
    if not state.complaint_open:
        return []
    warnings: list[dict[str, str]] = []
    done = state.steps_done
    performed = [s for s in COMPLAINT_STEPS if s in set(steps)]
    if "accept" not in done and set(performed) & {"calm", "resolve", "act"}:
        # who apologises, offers or acts has taken the complaint on, in whatever words
        steps = {"accept": steps[performed[0]], **steps}
        performed = [s for s in COMPLAINT_STEPS if s in steps]
    for step in performed:
        if step == "clarify":
            continue
        text = steps[step]
        if step in ("resolve", "act") and "clarify" not in done:
            warnings.append({"rule": f"order.{step}_before_clarify", "step": step, "text": text})
        if step in ("resolve", "act") and "calm" not in done and "calm" not in performed:
            warnings.append({"rule": f"order.{step}_before_calm", "step": step, "text": text})
        if step == "thank" and not ({"resolve", "act"} & done.keys() or {"resolve", "act"} & set(performed)):
            warnings.append({"rule": "order.thank_before_solution", "step": step, "text": text})
            continue
        done.setdefault(step, {"evidence": text, "message_id": message_id, "by": "agent"})
    state.warnings = [*state.warnings, *({**w, "message_id": message_id} for w in warnings)][-6:]
    return warnings


def open_step(state: ConversationState) -> str:
    """The first step not yet done, ``none`` without a complaint, ``thank`` when all are done."""
    if not state.complaint_open:
        return "none"
    return next((s for s in COMPLAINT_STEPS if s not in state.steps_done), "thank")


def view(state: ConversationState) -> dict[str, object]:
    """The ``process.complaint`` part of the card."""
    return {
        "stage": state.complaint_stage,
        "cause": state.complaint_cause,
        "step": open_step(state),
        "done": [
            {"step": s, "evidence": state.steps_done[s]["evidence"]}
            for s in COMPLAINT_STEPS
            if s in state.steps_done
        ],
        "missing": [s for s in COMPLAINT_STEPS if state.complaint_open and s not in state.steps_done],
        "warnings": list(state.warnings),
    }
