"""The main use case: a customer's message becomes an assist card, an agent's line a review."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from bot.core import complaint, emotion, moments, personality, situations
from bot.core.analysis import Analysis
from bot.core.content import Content
from bot.core.conversation import MAX_EVIDENCE, MAX_PATH, ConversationState, Turn
from bot.core.facts import facts_of
from bot.core.labels import INTENT_GROUPS, NEUTRAL, PERSONALITIES, SMALL_TALK, UNDETERMINED
from bot.core.ranking import preference
from bot.core.suggestion import ReplyContext, Suggestion, compose
from bot.core.topics import in_context
from bot.services.alerts import alerts_for

SCHEMA = 1
MIN_CONFIDENCE = 0.30
"""Below this the intent is shown as unsure rather than guessed."""
SURE = 0.5
"""From this on a new topic replaces the one the conversation is about."""

WISH_OF_INTENT = {
    "greet": "greet",
    "goodbye": "goodbye",
    "thank_praise": "thanks",
    "request_supervisor": "supervisor",
    "threaten_escalation": "threat",
}
"""Messages that move the procedure by what they are, whatever step it is at."""

PARTING = ("thank", "closing")
"""Steps at which the matter is over: only the move of the turn still speaks for itself."""

Feedback = Callable[[], dict[str, tuple[int, int, int]]]
Script = Callable[[str], str]


class AssistService:
    """Reads messages into the conversation state and composes cards from it. Holds no conversation itself."""

    def __init__(
        self,
        content: Content,
        *,
        to_traditional: Script = lambda text: text,
        to_simplified: Script = lambda text: text,
        feedback: Feedback = dict,
    ) -> None:
        self.content = content
        self._to_traditional = to_traditional
        self._to_simplified = to_simplified
        self._feedback = feedback

    def triage(self, state: ConversationState, analysis: Analysis, message_id: str) -> dict[str, str]:
        """Take a customer message into the state; returns the values of the procedure slots.

        Slots: ``open_step`` (complaint step to do, ``none`` without complaint), ``moment``, ``mood``, ``risk_level``,
        ``wish``.
        """
        analysis = in_context(analysis, state.turns)
        feeling = analysis.emotion
        level = emotion.level(feeling.name, feeling.intensity)
        state.emotion_path = [*state.emotion_path, level][-MAX_PATH:]
        state.emotion_level = emotion.smooth(state.emotion_level, level)
        state.worst_level = min(state.worst_level, state.emotion_level)
        # A threat is remembered until the customer has calmed down.
        calm = emotion.mood(feeling.name, feeling.intensity, analysis.risk.level) == "easy"
        state.risk = analysis.risk.level if calm else max(analysis.risk.level, state.risk)
        mood = emotion.mood(feeling.name, feeling.intensity, state.risk)
        if self._is_new_topic(state, analysis):
            state.topic = analysis.intent.name
        situations.recognise(self.content, state, analysis, self._plain(analysis))
        state.facts.update(facts_of(analysis.text, analysis.entities))
        complaint.on_customer(state, analysis, mood, message_id)
        state.add_turn(
            Turn("customer", analysis.text, message_id, analysis.intent.name, feeling.name, feeling.intensity)
        )
        self._add_evidence(state, analysis, message_id)
        self._add_expectations(state, analysis)
        return self.slots(state)

    def _plain(self, analysis: Analysis) -> str:
        """The message as situations' cues are written: simplified script, half width, small letters."""
        text = unicodedata.normalize("NFKC", analysis.text).lower()
        return self._to_simplified(text) if analysis.language == "zh-Hant" else text

    @staticmethod
    def _is_new_topic(state: ConversationState, analysis: Analysis) -> bool:
        """Small talk has no topic, and a doubtful reading does not push a known one aside."""
        if analysis.intent.name in SMALL_TALK or analysis.intent.name == "provide_info":
            return False
        needed = 0.0 if not analysis.intent.ranking else SURE if state.topic else MIN_CONFIDENCE
        return analysis.intent.confidence >= needed

    def slots(self, state: ConversationState) -> dict[str, str]:
        """The procedure slots of a state; mood and wish are those of the newest customer message."""
        last = next((t for t in reversed(state.turns) if t.sender == "customer"), None)
        return {
            "open_step": complaint.open_step(state),
            "moment": moments.open_moment(state),
            "mood": emotion.mood(last.emotion, last.intensity, state.risk) if last else "easy",
            "risk_level": str(state.risk),
            "wish": WISH_OF_INTENT.get(last.intent, "other") if last else "other",
        }

    def card(
        self,
        state: ConversationState,
        analysis: Analysis,
        *,
        step: str,
        conversation_id: str,
        message_id: str,
        created_at: str | None = None,
    ) -> dict[str, Any]:
        """The assist card (wire format ``schema: 1``) for the newest customer message, without ``timing_ms``."""
        analysis = in_context(analysis, state.turns[:-1])
        who = self.personality_of(state)
        context = self._reply_context(state, analysis, step, who, conversation_id)
        replies = compose(self.content, context, preference=preference(self._feedback()))
        return {
            "schema": SCHEMA,
            "conversation_id": conversation_id,
            "message_id": message_id,
            "created_at": created_at or datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "analysis": self._analysis_view(state, analysis, who, message_id),
            "process": {
                "step": step,
                "complaint": complaint.view(state),
                "moment_of_truth": moments.view(state),
                "expectations": list(state.expectations),
            },
            "suggestions": [
                self._suggestion_view(reply, conversation_id, message_id, analysis.language)
                for reply in replies
            ],
            "alerts": alerts_for(self.content, state, analysis, MIN_CONFIDENCE),
        }

    def personality_of(self, state: ConversationState) -> personality.Posterior:
        """The agent's choice if there is one, else the passport's or the inferred posterior."""
        leader = max(PERSONALITIES, key=lambda name: state.weights.get(name, 0.0))
        inferred = personality.posterior(
            state.weights, cues=len(state.cues.get(leader, ())), messages=state.customer_messages
        )
        if state.personality_override:
            return personality.Posterior(
                state.personality_override, 1.0, inferred.scores, state.personality_source or "agent"
            )
        return inferred

    def _add_evidence(self, state: ConversationState, analysis: Analysis, message_id: str) -> None:
        state.weights = personality.accumulate(state.weights, analysis.evidence)
        for item in analysis.evidence:
            seen = state.cues.setdefault(item.type, [])
            if item.text not in seen:
                state.cues[item.type] = [*seen, item.text][-MAX_EVIDENCE:]
            record = {
                "type": item.type,
                "text": item.text,
                "start": item.start,
                "end": item.end,
                "message_id": message_id,
            }
            state.evidence = [*state.evidence, record][-MAX_EVIDENCE:]

    def _add_expectations(self, state: ConversationState, analysis: Analysis) -> None:
        wanted = analysis.intent.name
        found: list[dict[str, str]] = []
        if wanted.startswith(("request_", "demand_")) or wanted in INTENT_GROUPS["order"]:
            found.append({"kind": "result", "text": self.content.name("intent", wanted)})
        found += [
            {"kind": "deadline", "text": str(s["text"])}
            for s in analysis.signals
            if s.get("label") == "deadline"
        ]
        fresh = [e for e in found if e not in state.expectations]
        state.expectations = [*state.expectations, *fresh][-6:]

    def _reply_context(
        self,
        state: ConversationState,
        analysis: Analysis,
        step: str,
        who: personality.Posterior,
        conversation_id: str,
    ) -> ReplyContext:
        feeling = emotion.for_wording(analysis.emotion)
        unsure = analysis.intent.confidence < MIN_CONFIDENCE and bool(analysis.intent.ranking)
        intent = state.topic if unsure else analysis.intent.name
        return ReplyContext(
            step=step,
            intent=intent,
            topic=state.topic or intent,
            emotion=feeling.name,
            intensity=feeling.intensity,
            mood=emotion.mood(feeling.name, feeling.intensity, analysis.risk.level),
            personality=NEUTRAL if who.type == UNDETERMINED else who.type,
            customer_text=analysis.text,
            facts=state.facts,
            used=frozenset(state.used),
            situations=tuple(s for s in (state.turn, "" if step in PARTING else state.situation) if s),
            seed=f"{conversation_id}:{state.customer_messages}",
        )

    def _analysis_view(
        self, state: ConversationState, analysis: Analysis, who: personality.Posterior, message_id: str
    ) -> dict[str, Any]:
        need = self.content.needs.get(state.topic or analysis.intent.name)
        difficult = next((dict(s) for s in analysis.signals if s.get("kind") == "difficult"), None)
        return {
            "language": analysis.language,
            "intent": {
                "name": analysis.intent.name,
                "group": analysis.intent.group,
                "confidence": round(analysis.intent.confidence, 3),
                "unsure": analysis.intent.confidence < MIN_CONFIDENCE,
                "ranking": [{"name": n, "confidence": round(c, 3)} for n, c in analysis.intent.ranking[:5]],
            },
            "emotion": {
                "name": analysis.emotion.name,
                "confidence": round(analysis.emotion.confidence, 3),
                "intensity": analysis.emotion.intensity,
                "level": state.emotion_level,
                "trend": emotion.trend(state.emotion_path),
                "ranking": [{"name": n, "confidence": round(c, 3)} for n, c in analysis.emotion.ranking[:3]],
            },
            "is_complaint": analysis.is_complaint,
            "risk": {
                "level": analysis.risk.level,
                "reasons": [
                    {"rule": r.rule, "text": r.text, "start": r.start, "end": r.end}
                    for r in analysis.risk.reasons
                ],
            },
            "personality": {
                "type": who.type,
                "confidence": who.confidence,
                "scores": dict(who.scores),
                "evidence": list(state.evidence),
                "source": who.source,
            },
            "entities": [
                {"kind": e.kind, "text": e.text, "start": e.start, "end": e.end, "value": e.value}
                for e in analysis.entities
            ],
            "facts": dict(state.facts),
            "situation": self._situation_view(state),
            "needs": (
                {
                    "layer": need.layer,
                    "basic_need": need.basic_need,
                    "motive": need.motive,
                    "question": need.question,
                }
                if need
                else None
            ),
            "difficult_customer": (
                {"type": difficult["label"], "text": difficult["text"], "advice": difficult["next_move"]}
                if difficult
                else None
            ),
            "signals": [
                {"kind": s["label"], "text": s["text"], "next_move": s["next_move"]}
                for s in analysis.signals
                if s.get("kind") == "opportunity"
            ],
        }

    def _situation_view(self, state: ConversationState) -> dict[str, Any] | None:
        """The recognised matter with what the customer really needs and what must not be said."""
        known = self.content.situations.get(state.situation or state.turn)
        if known is None:
            return None
        return {"id": known.id, "name": known.name, "need": known.need, "never": list(known.never)}

    def _suggestion_view(
        self, reply: Suggestion, conversation_id: str, message_id: str, language: str
    ) -> dict[str, Any]:
        convert = self._to_traditional if language == "zh-Hant" else str
        digest = hashlib.blake2b(f"{conversation_id}|{message_id}|{reply.text}".encode(), digest_size=8)
        parts = [{"kind": p.kind, "text": convert(p.text), "phrase_id": p.phrase_id} for p in reply.parts]
        return {
            "id": digest.hexdigest(),
            "text": "".join(p["text"] for p in parts),
            "personality": reply.personality,
            "step": reply.step,
            "approach": reply.approach,
            "empathy_level": reply.empathy_level,
            "parts": parts,
            "sources": [],
            "why": f"{self.content.principles.get(reply.principle, reply.principle)}：{reply.why}",
            "score": reply.score,
        }
