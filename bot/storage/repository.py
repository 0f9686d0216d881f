"""Conversations in SQL. Every text and card is masked here, on its way in; nothing unmasked reaches the disk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.core.errors import InputError
from bot.core.privacy import mask, mask_deep
from bot.services.ports import ConversationRecord, FeedbackEvent, Sender, StoredCard, StoredMessage
from bot.storage import tables
from bot.storage.database import storable, storage_errors

_MAX_ID = 255
_NEXT_SEQ = sa.text(
    """
    INSERT INTO conversations (conversation_id, customer_id, agent_id, created_at, updated_at, last_seq)
    VALUES (:conversation_id, :customer_id, :agent_id, :now, :now, 1)
    ON CONFLICT (conversation_id) DO UPDATE SET
        last_seq = conversations.last_seq + 1,
        updated_at = excluded.updated_at,
        customer_id = coalesce(excluded.customer_id, conversations.customer_id),
        agent_id = coalesce(excluded.agent_id, conversations.agent_id)
    RETURNING last_seq
    """
).bindparams(sa.bindparam("now", type_=tables.conversations.c.created_at.type))
"""One statement where the expression language would take two and build the first anew on every call."""


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(timezone.utc)


class SqlConversationRepository:
    """The ``ConversationRepository`` on SQLite or PostgreSQL; share one among threads.

    Each writing transaction first raises the conversation's ``last_seq``. That locks its row (in SQLite the
    database) until the end, so whatever the transaction reads next is the last word.
    """

    def __init__(self, engine: sa.engine.Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[engine.dialect.name]
        self._clock = clock

    def add_message(
        self,
        *,
        conversation_id: str,
        message_id: str,
        sender: Sender,
        text: str,
        at: datetime,
        customer_id: str | None = None,
        agent_id: str | None = None,
    ) -> bool:
        """Store one message, masked; False when this conversation already has that ``message_id``."""
        people = {"customer_id": customer_id, "agent_id": agent_id}
        _check_ids(conversation_id=conversation_id, message_id=message_id, **people)
        moment, masked = _utc(at), mask(storable(text))
        table = tables.messages
        with self._connection() as connection:
            seq = self._next_seq(connection, conversation_id, **people)
            if connection.execute(_on_message(table, conversation_id, message_id)).first():
                return False
            row = {"message_id": message_id, "sender": sender, "text": masked, "at": moment, **people}
            connection.execute(table.insert().values(conversation_id=conversation_id, seq=seq, **row))
            connection.commit()
        return True

    def add_card(self, conversation_id: str, message_id: str, card: Mapping[str, Any]) -> None:
        """Store a card, masked. The same card again changes nothing; a different one for the message is added."""
        self._add_body(tables.cards, conversation_id, message_id, card)

    def add_review(self, conversation_id: str, message_id: str, review: Mapping[str, Any]) -> None:
        """Store the review of an agent's line, masked; repeated like ``add_card``."""
        self._add_body(tables.reviews, conversation_id, message_id, review)

    def review(self, conversation_id: str, message_id: str) -> Mapping[str, Any] | None:
        """The newest review of an agent's line, None when there is none."""
        _check_ids(conversation_id=conversation_id, message_id=message_id)
        query = _on_message(tables.reviews, conversation_id, message_id)
        rows = self._rows(query.order_by(tables.reviews.c.seq.desc()).limit(1))
        return next((row["body"] for row in rows), None)

    def add_feedback(self, event: FeedbackEvent) -> bool:
        """Store feedback, its text masked; False when the suggestion already has feedback of that kind."""
        _check_ids(
            suggestion_id=event.suggestion_id, conversation_id=event.conversation_id, agent_id=event.agent_id
        )
        key = {"suggestion_id": event.suggestion_id, "kind": event.kind}
        row = {
            **key,
            "conversation_id": event.conversation_id,
            "agent_id": event.agent_id,
            "at": _utc(event.at),
            "text": None if event.text is None else mask(storable(event.text)),
            "personality": event.personality,
            "step": event.step,
        }
        phrases = [{**key, "phrase_id": phrase} for phrase in dict.fromkeys(event.phrase_ids)]
        with self._connection() as connection:
            self._next_seq(connection, event.conversation_id, agent_id=event.agent_id)
            added = connection.execute(self._insert(tables.feedback).values(**row).on_conflict_do_nothing())
            if added.rowcount == 0:
                return False
            if phrases:
                connection.execute(tables.feedback_phrases.insert(), phrases)
            connection.commit()
        return True

    def messages(self, conversation_id: str, after_seq: int = 0, limit: int = 200) -> Sequence[StoredMessage]:
        """The first ``limit`` messages after ``after_seq``, oldest first."""
        rows = self._rows(_log(tables.messages, conversation_id, after_seq).order_by("seq").limit(limit))
        return [StoredMessage(**{**row, "at": _from_db(row["at"])}) for row in rows]

    def cards(self, conversation_id: str, after_seq: int = 0, limit: int = 50) -> Sequence[StoredCard]:
        """The last ``limit`` cards after ``after_seq``, oldest first."""
        rows = self._rows(
            _log(tables.cards, conversation_id, after_seq).order_by(sa.desc("seq")).limit(limit)
        )
        return [_card(row) for row in reversed(rows)]

    def latest_card(self, conversation_id: str) -> StoredCard | None:
        """The newest card, None when there is none."""
        return next(iter(self.cards(conversation_id, limit=1)), None)

    def conversation(self, conversation_id: str) -> ConversationRecord | None:
        """The conversation's record, None when nothing was stored for it."""
        _check_ids(conversation_id=conversation_id)
        table = tables.conversations
        rows = self._rows(sa.select(table).where(table.c.conversation_id == conversation_id))
        times = ("created_at", "updated_at")
        return next((ConversationRecord(**{**r, **{t: _from_db(r[t]) for t in times}}) for r in rows), None)

    def find_suggestion(self, suggestion_id: str) -> tuple[str, Mapping[str, Any]] | None:
        """Conversation id and suggestion as on its card (the newest with that id), None when unknown."""
        _check_ids(suggestion_id=suggestion_id)
        cards, known = tables.cards, tables.suggestions
        same_card = sa.and_(cards.c.conversation_id == known.c.conversation_id, cards.c.seq == known.c.seq)
        query = sa.select(cards).join(known, same_card).where(known.c.suggestion_id == suggestion_id)
        for row in self._rows(query.order_by(cards.c.created_at.desc(), cards.c.seq.desc()).limit(1)):
            return row["conversation_id"], _suggestions(row["body"])[suggestion_id]
        return None

    def feedback_counts(self) -> Mapping[str, tuple[int, int, int]]:
        """For each phrase id: how often it was used, edited, dismissed."""
        table = tables.feedback_phrases
        query = sa.select(table.c.phrase_id, table.c.kind, sa.func.count().label("times"))
        counts: dict[str, dict[str, int]] = {}
        for row in self._rows(query.group_by(table.c.phrase_id, table.c.kind)):
            counts.setdefault(row["phrase_id"], {})[row["kind"]] = row["times"]
        return {
            phrase: (n.get("used", 0), n.get("edited", 0), n.get("dismissed", 0))
            for phrase, n in counts.items()
        }

    def ping(self) -> None:
        """Raise ``StorageError`` unless the database answers and holds our tables."""
        self._rows(sa.select(tables.conversations.c.last_seq).limit(1))

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        with storage_errors(self._engine), self._engine.connect() as connection:
            yield connection

    def _rows(self, query: Any) -> list[Mapping[str, Any]]:
        with self._connection() as connection:
            return list(connection.execute(query).mappings())

    def _next_seq(
        self,
        connection: Any,
        conversation_id: str,
        *,
        customer_id: str | None = None,
        agent_id: str | None = None,
    ) -> int:
        """Create the conversation if need be, lock it, and take the next place in its log."""
        values = {"conversation_id": conversation_id, "customer_id": customer_id, "agent_id": agent_id}
        return int(connection.execute(_NEXT_SEQ, {**values, "now": self._clock()}).scalar_one())

    def _add_body(
        self, table: sa.Table, conversation_id: str, message_id: str, body: Mapping[str, Any]
    ) -> None:
        _check_ids(conversation_id=conversation_id, message_id=message_id)
        masked = mask_deep(body)
        with self._connection() as connection:
            seq = self._next_seq(connection, conversation_id)
            newest = _on_message(table, conversation_id, message_id).order_by(table.c.seq.desc()).limit(1)
            if any(row["body"] == masked for row in connection.execute(newest).mappings()):
                return
            key = {"conversation_id": conversation_id, "seq": seq}
            row = {**key, "message_id": message_id, "body": masked, "created_at": self._clock()}
            connection.execute(table.insert().values(**row))
            if table is tables.cards and (ids := _suggestions(masked)):
                connection.execute(
                    tables.suggestions.insert(), [{**key, "suggestion_id": one} for one in ids]
                )
            connection.commit()


def _log(table: sa.Table, conversation_id: str, after_seq: int) -> Any:
    _check_ids(conversation_id=conversation_id)
    return sa.select(table).where(table.c.conversation_id == conversation_id, table.c.seq > after_seq)


def _on_message(table: sa.Table, conversation_id: str, message_id: str) -> Any:
    same = sa.and_(table.c.conversation_id == conversation_id, table.c.message_id == message_id)
    return sa.select(table).where(same)


def _card(row: Mapping[str, Any]) -> StoredCard:
    created = _from_db(row["created_at"])
    return StoredCard(row["conversation_id"], row["message_id"], row["body"], created, row["seq"])


def _suggestions(card: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in card.get("suggestions") or () if isinstance(one.get("id"), str)}


def _check_ids(**ids: str | None) -> None:
    for name, value in ids.items():
        if value is not None and (not 0 < len(value) <= _MAX_ID or storable(value) != value):
            raise InputError(name, f"must be 1 to {_MAX_ID} characters, without NUL or lone surrogates")


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError("at", "must have a time zone")
    return moment.astimezone(timezone.utc)


def _from_db(moment: datetime) -> datetime:
    """SQLite gives the stored UTC without a zone, PostgreSQL converts to its session's."""
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
