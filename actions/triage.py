"""The first action after every customer message: read it into the conversation state."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import STATE_SLOT, message_id_of, state_of
from bot.bootstrap import assist_service
from bot.core.analysis import analysis_from_parse


class ActionTriage(Action):
    """Sets the procedure slots from which rules and stories choose the step."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_triage"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """The state and the slots that change, as events."""
        state = state_of(tracker)
        slots = assist_service().triage(
            state, analysis_from_parse(tracker.latest_message), message_id_of(tracker)
        )
        changed = {key: value for key, value in slots.items() if tracker.get_slot(key) != value}
        return [
            SlotSet(STATE_SLOT, state.to_dict()),
            *(SlotSet(key, value) for key, value in changed.items()),
        ]
