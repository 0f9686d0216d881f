"""What a surface may ask of the engine: payload in, checked; engine called; answer and room pushes out.

HTTP and Socket.IO both go through :func:`perform`, so that a rule holds for both or for neither.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from bot.channels.auth import Identity
from bot.channels.errors import ForbiddenError, TooLongError
from bot.core.errors import InputError, UnknownConversation
from bot.core.labels import NEUTRAL, PERSONALITIES, UNDETERMINED

MAX_TEXT: Final = 10_000
MAX_ID: Final = 255
SENDERS: Final = ("customer", "agent")
FEEDBACK_KINDS: Final = ("used", "edited", "dismissed")
SETTABLE_PERSONALITIES: Final = (*PERSONALITIES, NEUTRAL, UNDETERMINED)

JsonObject = dict[str, Any]
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and lone surrogates: legal in JSON, refused by PostgreSQL and by UTF-8."""


class Engine(Protocol):
    """The part of the assistant that a surface talks to. Raises the errors of ``bot.core.errors``."""

    async def customer_line(
        self,
        conversation_id: str,
        text: str,
        *,
        message_id: str | None = None,
        customer_id: str | None = None,
        at: str | None = None,
    ) -> JsonObject:
        """Record a customer's line; returns the assist card."""

    async def agent_line(
        self,
        conversation_id: str,
        text: str,
        *,
        message_id: str | None = None,
        agent_id: str | None = None,
        at: str | None = None,
        suggestion_id: str | None = None,
    ) -> JsonObject:
        """Record an agent's line; returns the content of ``reply_review``."""

    async def check_draft(self, conversation_id: str, text: str) -> JsonObject:
        """``{findings, empathy_level, missing}`` of a draft; records nothing."""

    async def feedback(
        self, conversation_id: str, suggestion_id: str, kind: str, *, agent_id: str, text: str | None = None
    ) -> bool:
        """Count what the agent did with a suggestion; False when it was counted before."""

    async def set_personality(self, conversation_id: str, personality: str, *, agent_id: str) -> JsonObject:
        """Set the customer's type by hand; returns a new card, or the card's ``personality`` from now on."""

    async def history(self, conversation_id: str, after_seq: int = 0) -> JsonObject:
        """``{messages, cards}`` recorded after a sequence number."""


@dataclass(frozen=True)
class Outcome:
    """The answer to the caller, and the events (name, data) that everybody in the conversation gets."""

    conversation_id: str
    body: JsonObject
    pushes: tuple[tuple[str, JsonObject], ...] = ()


Payload = Mapping[str, Any]
_Action = Callable[[Engine, Identity, str, Payload], Awaitable[Outcome]]


async def perform(action: str, engine: Engine, identity: Identity, payload: object) -> Outcome:
    """Check one request and carry it out.

    Args:
        action: a key of ``ACTIONS``.
        payload: the decoded JSON, of any type.

    Raises:
        InputError, TooLongError: the payload cannot be used; ``field`` says where.
        ForbiddenError: the conversation is not the caller's.
        UnknownConversation, StorageError: from the engine.
    """
    conversation_id, fields = admit(identity, payload)
    return await ACTIONS[action](engine, identity, conversation_id, fields)


def admit(identity: Identity, payload: object) -> tuple[str, Payload]:
    """The conversation a payload is about, and its fields, once the caller may see it."""
    if not isinstance(payload, dict):
        raise InputError("body", "must be a JSON object")
    conversation_id = _required(payload, "conversation_id", MAX_ID)
    if not identity.may_see(conversation_id):
        raise ForbiddenError("this conversation is not yours")
    return conversation_id, payload


async def _message(engine: Engine, identity: Identity, conversation_id: str, fields: Payload) -> Outcome:
    sender = _one_of(fields, "sender", SENDERS)
    text = _text(fields)
    message_id, at = _optional(fields, "message_id", MAX_ID), _time(fields)
    suggestion_id = _optional(fields, "suggestion_id", MAX_ID)
    if sender == "customer":
        customer_id = _optional(fields, "customer_id", MAX_ID)
        result = await engine.customer_line(
            conversation_id, text, message_id=message_id, customer_id=customer_id, at=at
        )
        body, push = result, ("card", result)
    else:
        result = await engine.agent_line(
            conversation_id,
            text,
            message_id=message_id,
            agent_id=identity.subject,
            at=at,
            suggestion_id=suggestion_id,
        )
        body = {"reply_review": result}
        push = ("reply_review", body)
    line = {
        "conversation_id": conversation_id,
        "message_id": result.get("message_id", message_id),
        "sender": sender,
        "text": text,
        "at": at or result.get("created_at"),
    }
    return Outcome(conversation_id, body, (("message", line), push))


async def _draft(engine: Engine, _: Identity, conversation_id: str, fields: Payload) -> Outcome:
    return Outcome(conversation_id, await engine.check_draft(conversation_id, _text(fields)))


async def _feedback(engine: Engine, identity: Identity, conversation_id: str, fields: Payload) -> Outcome:
    suggestion_id = _required(fields, "suggestion_id", MAX_ID)
    kind = _one_of(fields, "kind", FEEDBACK_KINDS)
    text = _optional(fields, "text", MAX_TEXT)
    counted = await engine.feedback(
        conversation_id, suggestion_id, kind, agent_id=identity.subject, text=text
    )
    return Outcome(conversation_id, {"counted": counted})


async def _personality(engine: Engine, identity: Identity, conversation_id: str, fields: Payload) -> Outcome:
    personality = _one_of(fields, "personality", SETTABLE_PERSONALITIES)
    result = await engine.set_personality(conversation_id, personality, agent_id=identity.subject)
    if "suggestions" in result:
        return Outcome(conversation_id, result, (("card", result),))
    changed = {"conversation_id": conversation_id, "personality": result}
    return Outcome(conversation_id, result, (("personality", changed),))


async def _history(engine: Engine, _: Identity, conversation_id: str, fields: Payload) -> Outcome:
    return Outcome(conversation_id, await engine.history(conversation_id, after_seq=_after(fields)))


async def _join(engine: Engine, identity: Identity, conversation_id: str, fields: Payload) -> Outcome:
    """History for a socket that joins; a conversation without a line yet is empty, not an error."""
    try:
        return await _history(engine, identity, conversation_id, fields)
    except UnknownConversation:
        return Outcome(conversation_id, {"messages": [], "cards": []})


ACTIONS: Final[Mapping[str, _Action]] = {
    "message": _message,
    "draft": _draft,
    "feedback": _feedback,
    "personality": _personality,
    "history": _history,
    "join": _join,
}


def _string(fields: Payload, name: str, limit: int) -> str | None:
    """A field that is a storable string, or None when it is absent or null."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(name, "must be a string")
    if len(value) > limit:
        error = TooLongError if limit == MAX_TEXT else InputError
        raise error(name, f"must have at most {limit:,} characters")
    if _UNSTORABLE.search(value):
        raise InputError(name, "holds a character that cannot be stored")
    return value


def _required(fields: Payload, name: str, limit: int) -> str:
    value = _string(fields, name, limit)
    if value is None:
        raise InputError(name, "is missing")
    if not value.strip():
        raise InputError(name, "must not be empty")
    return value


def _optional(fields: Payload, name: str, limit: int) -> str | None:
    """Integrations send an empty string where they mean nothing."""
    return _string(fields, name, limit) or None


def _text(fields: Payload) -> str:
    """The line itself, untouched: offsets on the card count its code points."""
    return _required(fields, "text", MAX_TEXT)


def _one_of(fields: Payload, name: str, allowed: tuple[str, ...]) -> str:
    value = _required(fields, name, MAX_ID)
    if value not in allowed:
        raise InputError(name, f"must be one of {', '.join(allowed)}")
    return value


def _time(fields: Payload) -> str | None:
    value = _optional(fields, "at", MAX_ID)
    if value is not None:
        try:
            datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise InputError("at", "must be an ISO 8601 time, such as 2024-05-01T09:30:00Z") from None
    return value


def _after(fields: Payload) -> int:
    value = fields.get("after_seq")
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise InputError("after_seq", "must be a whole number from 0")
    return value
