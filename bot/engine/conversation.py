"""Running conversations through Rasa: customer lines, agent lines, drafts, feedback."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.core.conversation import ConversationState
from bot.core.errors import AssistError, InputError, NoCard, UnknownConversation, UnknownSuggestion
from bot.core.labels import NEUTRAL, PERSONALITIES, UNDETERMINED
from bot.engine.tracker_store import AssistTrackerStore
from bot.services.assist import AssistService
from bot.services.ports import ConversationRepository, FeedbackEvent
from bot.services.review import draft_view, record_agent_line, review_draft

logger = logging.getLogger(__name__)
CHANNEL = "sidebar"
STATE_SLOT = "service_state"
MAX_TEXT = 10_000
MAX_CARDS = 1000
"""How far back a repeated message is looked for."""
FEEDBACK_KINDS = ("used", "edited", "dismissed")


class ConversationEngine:
    """The one way in for every surface. Lines of one conversation are handled one after another.

    A line is stored before it is worked on, so an accepted line is never lost; the same ``message_id`` again gives the
    answer that was given the first time.
    """

    def __init__(self, agent: Agent, service: AssistService, repository: ConversationRepository) -> None:
        if agent.processor is None:
            raise AssistError("the Rasa agent has no model loaded")
        self._agent = agent
        self._processor: MessageProcessor = agent.processor
        if not isinstance(agent.processor.tracker_store, AssistTrackerStore):
            raise AssistError(
                "endpoints.yml must name bot.engine.tracker_store.AssistTrackerStore as tracker store"
            )
        self._store = agent.processor.tracker_store
        self._service = service
        self._repository = repository

    async def warm_up(self) -> None:
        """Run one sentence through the NLU, so that the first customer does not wait for lazy loading."""
        await self._processor.parse_message(UserMessage("您好，请问一下", input_channel=CHANNEL))

    async def customer_line(
        self,
        conversation_id: str,
        text: str,
        *,
        message_id: str | None = None,
        customer_id: str | None = None,
        at: str | None = None,
    ) -> dict[str, Any]:
        """The assist card for a customer's line.

        Raises:
            InputError: for an empty or overlong text or an unusable time.
            StorageError: when the database cannot be used; the line is then not accepted.
            NoCard: when no action answered (the action server is down, say); the line is kept, and sending it again
                with the same ``message_id`` tries again.
        """
        moment = _moment(at)
        text = _checked(text)
        message_id = message_id or uuid.uuid4().hex
        async with self._agent.lock_store.lock(conversation_id):
            fresh = self._repository.add_message(
                conversation_id=conversation_id,
                message_id=message_id,
                sender="customer",
                text=text,
                at=moment,
                customer_id=customer_id,
            )
            given = None if fresh else self._card_of(conversation_id, message_id)
            if given is not None:
                return given
            card = await self._run_turn(conversation_id, message_id, text, moment)
            self._repository.add_card(conversation_id, message_id, card)
        return card

    async def agent_line(
        self,
        conversation_id: str,
        text: str,
        *,
        message_id: str | None = None,
        agent_id: str | None = None,
        at: str | None = None,
        suggestion_id: str | None = None,
    ) -> dict[str, Any]:
        """The review of a line the agent has sent; it enters the tracker as a bot utterance and moves the steps.

        Raises:
            InputError, StorageError: as for :meth:`customer_line`.
        """
        moment = _moment(at)
        text = _checked(text)
        message_id = message_id or uuid.uuid4().hex
        async with self._agent.lock_store.lock(conversation_id):
            suggestion = self._suggestion(conversation_id, suggestion_id, text)
            fresh = self._repository.add_message(
                conversation_id=conversation_id,
                message_id=message_id,
                sender="agent",
                text=text,
                at=moment,
                agent_id=agent_id,
            )
            given = None if fresh else self._repository.review(conversation_id, message_id)
            if given is not None:
                return dict(given)
            tracker = await self._tracker(conversation_id)
            state = _state_in(tracker)
            review = record_agent_line(
                self._service.content, state, text, message_id=message_id, suggestion=suggestion
            )
            answer = {"conversation_id": conversation_id, **review}
            utterance = BotUttered(text, metadata={"sender": "agent", "message_id": message_id})
            await self._save(tracker, [utterance, *self._slot_events(tracker, state)])
            self._repository.add_review(conversation_id, message_id, answer)
        return answer

    async def check_draft(self, conversation_id: str, text: str) -> dict[str, Any]:
        """Findings and empathy level of a draft: no Rasa, no model on this path.

        Raises:
            InputError: for an overlong text.
        """
        if len(text) > MAX_TEXT:
            raise InputError("text", f"must have at most {MAX_TEXT:,} characters")
        began = time.perf_counter()
        state = await self._state(conversation_id)
        findings, level = review_draft(self._service.content, text, state)
        answer = draft_view(findings, level, self._service.content)
        answer["timing_ms"] = round((time.perf_counter() - began) * 1000, 2)
        return answer

    async def feedback(
        self,
        conversation_id: str,
        suggestion_id: str,
        kind: str,
        *,
        agent_id: str,
        text: str | None = None,
    ) -> bool:
        """Note that a suggestion was used, edited or dismissed; False when that is already known.

        Raises:
            InputError: for an unknown kind.
            UnknownSuggestion: when the conversation never had that suggestion.
        """
        if kind not in FEEDBACK_KINDS:
            raise InputError("kind", f"must be one of {', '.join(FEEDBACK_KINDS)}")
        found = self._repository.find_suggestion(suggestion_id)
        if found is None or found[0] != conversation_id:
            raise UnknownSuggestion(f"conversation {conversation_id} has no suggestion {suggestion_id}")
        suggestion = found[1]
        return self._repository.add_feedback(
            FeedbackEvent(
                suggestion_id=suggestion_id,
                conversation_id=conversation_id,
                kind=kind,  # type: ignore[arg-type]  # checked above
                agent_id=agent_id,
                at=datetime.now(timezone.utc),
                text=text,
                phrase_ids=tuple(p["phrase_id"] for p in suggestion.get("parts", ())),
                personality=suggestion.get("personality"),
                step=suggestion.get("step"),
            )
        )

    async def set_personality(
        self, conversation_id: str, personality: str, *, agent_id: str
    ) -> dict[str, Any]:
        """The agent's own view of the customer overrides the inferred one; ``undetermined`` gives it back.

        Returns the personality as cards will show it from now on.
        """
        allowed = (*PERSONALITIES, NEUTRAL, UNDETERMINED)
        if personality not in allowed:
            raise InputError("personality", f"must be one of {', '.join(allowed)}")
        async with self._agent.lock_store.lock(conversation_id):
            if self._repository.conversation(conversation_id) is None:
                raise UnknownConversation(f"no conversation {conversation_id}")
            tracker = await self._tracker(conversation_id)
            state = _state_in(tracker)
            state.personality_override = "" if personality == UNDETERMINED else personality
            state.personality_source = "agent"
            await self._save(tracker, self._slot_events(tracker, state))
        logger.info("personality of %s set by %s", conversation_id, agent_id)
        view = self._service.personality_of(state)
        return {
            "type": view.type,
            "confidence": view.confidence,
            "scores": dict(view.scores),
            "source": view.source,
            "evidence": list(state.evidence),
        }

    async def history(self, conversation_id: str, after_seq: int = 0) -> dict[str, Any]:
        """Messages and cards after a cursor. Raises ``UnknownConversation``."""
        if self._repository.conversation(conversation_id) is None:
            raise UnknownConversation(f"no conversation {conversation_id}")
        return {
            "conversation_id": conversation_id,
            "messages": [
                {
                    "seq": m.seq,
                    "sender": m.sender,
                    "text": m.text,
                    "message_id": m.message_id,
                    "at": m.at.isoformat(timespec="milliseconds"),
                }
                for m in self._repository.messages(conversation_id, after_seq)
            ],
            "cards": [dict(c.card) for c in self._repository.cards(conversation_id, after_seq)],
        }

    async def _run_turn(
        self, conversation_id: str, message_id: str, text: str, moment: datetime
    ) -> dict[str, Any]:
        """``MessageProcessor.handle_message`` with the conversation at hand for the NLU.

        A turn without a card is not saved: it leaves no trace in the tracker.
        """
        channel = CollectingOutputChannel()
        tracker = await self._processor.fetch_tracker_and_update_session(conversation_id, channel)
        metadata = {
            "message_id": message_id,
            "agent": _state_in(tracker).last_agent_line,
            "at": moment.isoformat(timespec="milliseconds"),
        }
        message = UserMessage(
            text, channel, conversation_id, input_channel=CHANNEL, message_id=message_id, metadata=metadata
        )
        message.text = _as_typed(text)
        await self._processor._handle_message_with_tracker(message, tracker)
        await self._processor.run_action_extract_slots(channel, tracker)
        await self._processor._run_prediction_loop(channel, tracker)
        card = _card_in(channel)
        _leave_out_card(tracker, message_id)
        await self._processor.save_tracker(tracker)
        return card

    async def _tracker(self, conversation_id: str) -> DialogueStateTracker:
        return await self._processor.fetch_tracker_and_update_session(conversation_id)

    async def _save(self, tracker: DialogueStateTracker, events: list[Event]) -> None:
        for event in events:
            tracker.update(event, self._processor.domain)
        await self._processor.tracker_store.save(tracker)

    async def _state(self, conversation_id: str) -> ConversationState:
        """A copy of the state as it was last stored."""
        tracker = await self._store.peek(conversation_id)
        return ConversationState() if tracker is None else _state_in(tracker)

    def _slot_events(self, tracker: DialogueStateTracker, state: ConversationState) -> list[Event]:
        slots = self._service.slots(state)
        changed = {key: value for key, value in slots.items() if tracker.get_slot(key) != value}
        return [
            SlotSet(STATE_SLOT, state.to_dict()),
            *(SlotSet(key, value) for key, value in changed.items()),
        ]

    def _suggestion(
        self, conversation_id: str, suggestion_id: str | None, text: str
    ) -> Mapping[str, Any] | None:
        """The suggestion a line came from: by id, or word for word from the newest card."""
        if suggestion_id:
            found = self._repository.find_suggestion(suggestion_id)
            return found[1] if found and found[0] == conversation_id else None
        latest = self._repository.latest_card(conversation_id)
        if latest is None:
            return None
        return next((s for s in latest.card.get("suggestions", ()) if s["text"] == text), None)

    def _card_of(self, conversation_id: str, message_id: str) -> dict[str, Any] | None:
        """The card a message was answered with, None when it never got one."""
        cards = reversed(self._repository.cards(conversation_id, limit=MAX_CARDS))
        return next((dict(c.card) for c in cards if c.message_id == message_id), None)


def _state_in(tracker: DialogueStateTracker) -> ConversationState:
    return ConversationState.from_dict(tracker.get_slot(STATE_SLOT))


def _card_in(channel: CollectingOutputChannel) -> dict[str, Any]:
    for message in reversed(channel.messages):
        card = (message.get("custom") or {}).get("assist_card")
        if card:
            return dict(card)
    raise NoCard("the actions gave no card: is the action server up, and are rules and model of one version?")


def _leave_out_card(tracker: DialogueStateTracker, message_id: str) -> None:
    """The card is stored with its message; the tracker's event only names it."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered) and (event.data.get("custom") or {}).get("assist_card"):
            event.data = {**event.data, "custom": {"assist_card_of": message_id}}
            return


def _as_typed(text: str) -> str:
    """The text as the NLU is to see it: Rasa strips a message's text, which would shift every offset, and takes a
    leading slash for an intent shorthand, which is not a customer's to give.
    """
    return f"／{text[1:]}" if text.startswith("/") else text


def _checked(text: str) -> str:
    if not isinstance(text, str):
        raise InputError("text", "must be text")
    if not text.strip():
        raise InputError("text", "must not be empty")
    if len(text) > MAX_TEXT:
        raise InputError("text", f"must have at most {MAX_TEXT:,} characters")
    return text


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(timezone.utc)
    try:
        moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, AttributeError, OverflowError) as error:
        raise InputError("at", f"must be an ISO 8601 time, not {at!r}") from error
