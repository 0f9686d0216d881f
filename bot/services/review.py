"""Reviewing what the agent says: a draft before it goes out, a line after it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.core import complaint, course, moments
from bot.core.agent_line import AgentLine, read_agent_line, sentences
from bot.core.content import Content
from bot.core.conversation import MAX_TEXT, ConversationState, Turn
from bot.core.draft_lint import Finding, lint
from bot.core.empathy import EmpathyGrade, grade
from bot.core.labels import COMPLAINT_STEPS, UPSET
from bot.core.privacy import mask

MAX_PROMISES = 10
MOST_HARM = -4.0


def review_draft(
    content: Content, text: str, state: ConversationState | None = None
) -> tuple[tuple[Finding, ...], EmpathyGrade]:
    """Findings and empathy level of a draft, read against the conversation when there is one."""
    findings = lint(content, text)
    last = next((t for t in reversed(state.turns) if t.sender == "customer"), None) if state else None
    return findings, grade(
        content,
        text,
        upset=last is not None and last.emotion in UPSET,
        customer_text=last.text if last else "",
        facts=state.facts if state else {},
        findings=findings,
    )


def draft_view(findings: tuple[Finding, ...], level: EmpathyGrade, content: Content) -> dict[str, Any]:
    """The JSON answer to a draft."""
    return {
        "findings": [asdict(f) for f in findings],
        "empathy_level": level.level,
        "missing": [{"id": m, "text": content.name("missing", m)} for m in level.missing],
    }


def record_agent_line(
    content: Content,
    state: ConversationState,
    text: str,
    *,
    message_id: str,
    suggestion: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Take an agent's line into the state (steps, moments, promises, score); returns the ``reply_review``.

    Args:
        suggestion: the suggestion the line came from, if any: its phrases will not be offered again.
    """
    findings, level = review_draft(content, text, state)
    line = read_agent_line(content, text)
    said = [content.phrase_id_by_text[s] for s in sentences(text) if s in content.phrase_id_by_text]
    if suggestion:
        said += [str(p["phrase_id"]) for p in suggestion.get("parts", ())]
    state.remember_used(said)
    steps = {
        step: mask(sentence)[:MAX_TEXT] for step, sentence in _steps(line.steps, text, suggestion).items()
    }
    warnings = complaint.on_agent(state, steps, message_id)
    state.question_pending = line.asks
    state.promises = [
        *state.promises,
        *({**p, "what": mask(p["what"])[:MAX_TEXT], "message_id": message_id} for p in line.promises),
    ][-MAX_PROMISES:]
    _note_course(state, line, text, message_id, steps=steps, findings=findings, level=level)
    state.add_turn(Turn("agent", text, message_id))
    return {
        "message_id": message_id,
        **draft_view(findings, level, content),
        "steps": [{"step": step, "evidence": sentence} for step, sentence in steps.items()],
        "promises": [dict(p) for p in line.promises],
        "warnings": [
            {**w, "text": mask(w["text"]), "why": content.name("warning", w["rule"])} for w in warnings
        ],
        "complaint": complaint.view(state),
        "moment_of_truth": moments.view(state),
    }


def _steps(read: Mapping[str, str], text: str, suggestion: Mapping[str, Any] | None) -> dict[str, str]:
    """The steps a line performs. Our own suggestion, sent as it is, performs the step it was made for, and does not yet
    resolve or act before its time: its 「我先查」 belongs to taking the complaint on.
    """
    made_for = suggestion.get("step") if suggestion and suggestion.get("text") == text else None
    if made_for not in COMPLAINT_STEPS:
        return dict(read)
    early = set(COMPLAINT_STEPS[COMPLAINT_STEPS.index(made_for) + 1 :]) - {"calm", "clarify"}
    return {made_for: text, **{step: sentence for step, sentence in read.items() if step not in early}}


def _note_course(
    state: ConversationState,
    line: AgentLine,
    text: str,
    message_id: str,
    *,
    steps: Mapping[str, str],
    findings: tuple[Finding, ...],
    level: EmpathyGrade,
) -> None:
    """Take the line into what the Moments of Truth are scored by; hurtful words perform no moment (K19)."""
    last = next((t for t in reversed(state.turns) if t.sender == "customer"), None)
    hurts = any(f.severity == "error" for f in findings)
    if not hurts:
        moments.on_agent(state, steps, message_id)
    course.settle(state)
    course.on_agent(
        state,
        line,
        text,
        message_id,
        warm=level.level == "HH" and last is not None and last.emotion in UPSET,
        hurts=hurts,
    )
    _note_harm(state, findings, line, mask(text)[:MAX_TEXT], message_id)


def _note_harm(
    state: ConversationState, findings: tuple[Finding, ...], line: AgentLine, text: str, message_id: str
) -> None:
    """Keep the running harm of the agent's wording, bounded, and the costliest line with a wording that serves (K19).

    A line hurts as much as its worst words.
    """
    errors = sorted((f for f in findings if f.severity == "error"), key=lambda f: moments.harm(f.family))
    harm = moments.harm(errors[0].family) if errors else 0.0
    review = {**state.review, "harm": max(MOST_HARM, float(state.review.get("harm", 0.0)) + harm)}
    if errors:
        review["hurt"] = {"text": errors[0].text, "message_id": message_id, "why": errors[0].why}
    cost = harm + sum(moments.PRICES[mark.kind][0] for mark in line.marks if mark.kind in moments.FAULTS)
    better = [f.suggestion for f in errors] + [m.suggestion for m in line.marks if m.suggestion]
    if cost < 0 and better and cost <= review.get("worst", {}).get("points", 0.0):
        review["worst"] = {"message_id": message_id, "text": text, "points": cost, "suggestion": better[0]}
    state.review = review
