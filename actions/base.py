"""What every assist action shares: tracker in, service call, events and the card out."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from bot.bootstrap import assist_service
from bot.core.analysis import analysis_from_parse
from bot.core.conversation import ConversationState

STATE_SLOT = "service_state"


def state_of(tracker: Tracker) -> ConversationState:
    """The conversation state carried in the tracker."""
    return ConversationState.from_dict(tracker.get_slot(STATE_SLOT))


def message_id_of(tracker: Tracker) -> str:
    """The channel's id of the newest customer message, else Rasa's own."""
    latest = tracker.latest_message
    return str((latest.get("metadata") or {}).get("message_id") or latest.get("message_id") or "")


class CardAction(Action, ABC):
    """Composes the assist card for one step of the procedure; subclasses say which."""

    @property
    @abstractmethod
    def step(self) -> str:
        """The step of the procedure."""

    def name(self) -> str:
        """``action_<step>``."""
        return f"action_{self.step}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Send the card to the agent's surfaces."""
        began = time.time()
        latest = tracker.latest_message
        card = assist_service().card(
            state_of(tracker),
            analysis_from_parse(latest),
            step=self.step,
            conversation_id=tracker.sender_id,
            message_id=message_id_of(tracker),
            created_at=(latest.get("metadata") or {}).get("at"),
        )
        timing = latest.get("timing") or {}
        started, read = timing.get("started", began), timing.get("nlu_done", began)
        ended = time.time()
        card["timing_ms"] = {
            "total": round((ended - started) * 1000, 2),
            "nlu": round((read - started) * 1000, 2),
            "policy": round((began - read) * 1000, 2),
            "action": round((ended - began) * 1000, 2),
        }
        dispatcher.utter_message(json_message={"assist_card": card})
        # after a card the turn is over: saying so spares the policies a prediction
        return [FollowupAction("action_listen")]
