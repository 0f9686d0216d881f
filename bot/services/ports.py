"""What the services need from the outside, as Protocols, and the records that cross the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Sender = Literal["customer", "agent"]
FeedbackKind = Literal["used", "edited", "dismissed"]


@dataclass(frozen=True)
class StoredMessage:
    """One line of a conversation, personal data masked. ``at`` is UTC; offsets equal those of the original text."""

    conversation_id: str
    message_id: str
    sender: Sender
    text: str
    at: datetime
    customer_id: str | None
    agent_id: str | None
    seq: int


@dataclass(frozen=True)
class StoredCard:
    """One assist card as it was stored, personal data masked. ``created_at`` is UTC."""

    conversation_id: str
    message_id: str
    card: Mapping[str, Any]
    created_at: datetime
    seq: int


@dataclass(frozen=True)
class ConversationRecord:
    """Who talks with whom; ``last_seq`` is the ``seq`` of the newest entry. Times are UTC."""

    conversation_id: str
    customer_id: str | None
    agent_id: str | None
    created_at: datetime
    updated_at: datetime
    last_seq: int


@dataclass(frozen=True)
class FeedbackEvent:
    """What an agent did with a suggestion; ``text`` is what was sent after an edit, ``phrase_ids`` its phrases."""

    suggestion_id: str
    conversation_id: str
    kind: FeedbackKind
    agent_id: str
    at: datetime
    text: str | None = None
    phrase_ids: tuple[str, ...] = ()
    personality: str | None = None
    step: str | None = None


class ConversationRepository(Protocol):
    """The memory of conversations.

    All entries of one conversation share one rising count ``seq``, so ``after_seq`` is a cursor into its log and the
    messages alone are not numbered without gaps. Ids are opaque: 1–255 characters, stored as they are. Times are
    aware. Every method raises ``StorageError`` when the database fails, ``InputError`` for an unusable id or time.
    """

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
        ...

    def add_card(self, conversation_id: str, message_id: str, card: Mapping[str, Any]) -> None:
        """Store a card, masked. The same card again changes nothing; a different one for the message is added."""
        ...

    def add_review(self, conversation_id: str, message_id: str, review: Mapping[str, Any]) -> None:
        """Store the review of an agent's line, masked; repeated like ``add_card``."""
        ...

    def review(self, conversation_id: str, message_id: str) -> Mapping[str, Any] | None:
        """The newest review of an agent's line, None when there is none."""
        ...

    def add_feedback(self, event: FeedbackEvent) -> bool:
        """Store feedback, its text masked; False when the suggestion already has feedback of that kind."""
        ...

    def messages(self, conversation_id: str, after_seq: int = 0, limit: int = 200) -> Sequence[StoredMessage]:
        """The first ``limit`` messages after ``after_seq``, oldest first."""
        ...

    def cards(self, conversation_id: str, after_seq: int = 0, limit: int = 50) -> Sequence[StoredCard]:
        """The last ``limit`` cards after ``after_seq``, oldest first."""
        ...

    def latest_card(self, conversation_id: str) -> StoredCard | None:
        """The newest card, None when there is none."""
        ...

    def conversation(self, conversation_id: str) -> ConversationRecord | None:
        """The conversation's record, None when nothing was stored for it."""
        ...

    def find_suggestion(self, suggestion_id: str) -> tuple[str, Mapping[str, Any]] | None:
        """Conversation id and suggestion as on its card (the newest with that id), None when unknown."""
        ...

    def feedback_counts(self) -> Mapping[str, tuple[int, int, int]]:
        """For each phrase id: how often it was used, edited, dismissed."""
        ...

    def ping(self) -> None:
        """Raise ``StorageError`` unless the database answers and holds our tables."""
        ...
