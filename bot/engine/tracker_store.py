"""Rasa's tracker store on the product's database: append-only, masked, flat in conversation length."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.config import settings
from bot.core.privacy import mask_deep
from bot.engine import overrides
from bot.storage.database import create_database_engine, storable, storage_errors

WINDOW = 24
"""Events kept in a live tracker: about two exchanges, as far as the policies look back."""
MAX_LIVE = 500
"""Conversations whose tracker stays in memory between two messages."""

_EVENTS = SQLTrackerStore.SQLEvent
_MARK = "_service_assist_stored"


class AssistTrackerStore(TrackerStore):
    """Keeps the whole conversation in the ``events`` table and only the newest events in the tracker.

    A live tracker is handed out and taken back: what a failed turn left in it is never seen again. It is used only
    while the database holds no newer event, so several processes may serve one conversation in turn.

    Errors: ``StorageError`` when the database cannot be used.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        engine: sa.engine.Engine | None = None,
        **kwargs: Any,
    ) -> None:
        overrides.install()
        self._engine = (
            engine if engine is not None else create_database_engine(host or settings().database_url)
        )
        self._live: OrderedDict[str, tuple[DialogueStateTracker, int]] = OrderedDict()
        with storage_errors(self._engine):
            SQLTrackerStore.Base.metadata.create_all(self._engine)
        super().__init__(domain, event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker with its newest events, None for an unknown conversation."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            last_id = connection.execute(_last_id(sender_id)).scalar()
            if last_id is None:
                return None
            live = self._live.pop(sender_id, None)
            if live is not None and live[1] == last_id:
                tracker = live[0]
            else:
                tracker = self._rebuild(sender_id, self._newest(connection, sender_id))
        _mark(tracker, last_id)
        return tracker

    async def peek(self, sender_id: str) -> DialogueStateTracker | None:
        """The stored tracker to read from, also while a turn is under way; not to be changed or saved."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            last_id = connection.execute(_last_id(sender_id)).scalar()
            if last_id is None:
                return None
            live = self._live.get(sender_id)
            if live is not None and live[1] == last_id:
                return live[0]
            return self._rebuild(sender_id, self._newest(connection, sender_id))

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with every event ever stored, for export and inspection."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(_EVENTS.data).where(_EVENTS.sender_id == conversation_id).order_by(_EVENTS.id)
            ).scalars()
            data = [json.loads(row) for row in rows]
        return self._rebuild(conversation_id, data) if data else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are new since the tracker was handed out, masked, in one transaction."""
        last_id, fresh = _fresh_events(tracker)
        if fresh:
            rows = [_row(tracker.sender_id, event) for event in fresh]
            with storage_errors(self._engine), self._engine.connect() as connection:
                connection.execute(sa.insert(_EVENTS.__table__), rows)
                last_id = connection.execute(_last_id(tracker.sender_id)).scalar()
                connection.commit()
            if self.event_broker is not None:
                await self._stream_new_events(self.event_broker, fresh, tracker.sender_id)
        self._keep(tracker, last_id)

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Nothing to do: ``save`` streams what it stores."""

    async def keys(self) -> Iterable[str]:
        """Ids of all stored conversations."""
        with storage_errors(self._engine), self._engine.connect() as connection:
            return list(connection.execute(sa.select(_EVENTS.sender_id).distinct()).scalars())

    def _keep(self, tracker: DialogueStateTracker, last_id: int) -> None:
        if len(tracker.events) > WINDOW:
            tracker.events = deque(list(tracker.events)[-WINDOW:])
        _mark(tracker, last_id)
        self._live[tracker.sender_id] = (tracker, last_id)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > MAX_LIVE:
            self._live.popitem(last=False)

    @staticmethod
    def _newest(connection: Any, sender_id: str) -> list[dict[str, Any]]:
        """The newest events, led by the last event of each slot before them (slots are stored when they change)."""
        mine = _EVENTS.sender_id == sender_id
        query = sa.select(_EVENTS.id, _EVENTS.data).where(mine).order_by(_EVENTS.id.desc()).limit(WINDOW)
        window = list(connection.execute(query))[::-1]
        last_of_slot = (
            sa.select(sa.func.max(_EVENTS.id))
            .where(mine, _EVENTS.type_name == SlotSet.type_name, _EVENTS.id < window[0].id)
            .group_by(_EVENTS.action_name)
        )
        slots = connection.execute(
            sa.select(_EVENTS.data).where(_EVENTS.id.in_(last_of_slot)).order_by(_EVENTS.id)
        )
        return [json.loads(row.data) for row in (*slots, *window)]

    def _rebuild(self, sender_id: str, data: list[dict[str, Any]]) -> DialogueStateTracker:
        return DialogueStateTracker.from_dict(sender_id, data, self.domain.slots)


def _mark(tracker: DialogueStateTracker, last_id: int) -> None:
    """Note on the tracker itself up to which event it is stored: two copies of it may be about."""
    setattr(tracker, _MARK, (last_id, tracker.events[-1] if tracker.events else None))


def _fresh_events(tracker: DialogueStateTracker) -> tuple[int, list[Event]]:
    """The id of the last event stored when the tracker was handed out, and the events added since."""
    last_id, marked = getattr(tracker, _MARK, (0, None))
    events = list(tracker.events)
    for position in range(len(events) - 1, -1, -1):
        if events[position] is marked:
            return last_id, events[position + 1 :]
    return last_id, events


def _last_id(sender_id: str) -> Any:
    return sa.select(sa.func.max(_EVENTS.id)).where(_EVENTS.sender_id == sender_id)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = mask_deep(event.as_dict())
    parse = data.get("parse_data") or {}
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": event.timestamp,
        "intent_name": (parse.get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": storable(json.dumps(data, ensure_ascii=False)),
    }
