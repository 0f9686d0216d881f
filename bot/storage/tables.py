"""Our tables. Personal data is masked before it gets here; all times are UTC.

Rasa's tracker store may keep its ``events`` table in the same database: everything not listed here is not ours.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "assist_schema_version"
"""Alembic's record of the schema's revision, under our own name."""

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
_ID = sa.String(255)
_NAME = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def _conversation(*, primary_key: bool = False) -> sa.Column:
    key = sa.ForeignKey("conversations.conversation_id", ondelete="CASCADE")
    return sa.Column("conversation_id", _ID, key, primary_key=primary_key, nullable=False)


conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("conversation_id", _ID, primary_key=True),
    sa.Column("customer_id", _ID),
    sa.Column("agent_id", _ID),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("updated_at", _TIME, nullable=False),
)
"""``last_seq`` counts what happened: messages, cards and reviews take their ``seq`` from it."""

messages = sa.Table(
    "messages",
    metadata,
    _conversation(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("message_id", _ID, nullable=False),
    sa.Column("sender", _NAME, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("customer_id", _ID),
    sa.Column("agent_id", _ID),
    sa.UniqueConstraint("conversation_id", "message_id"),
)

cards = sa.Table(
    "cards",
    metadata,
    _conversation(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("message_id", _ID, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Index(None, "conversation_id", "message_id"),
)

reviews = sa.Table(
    "reviews",
    metadata,
    _conversation(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("message_id", _ID, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Index(None, "conversation_id", "message_id"),
)

suggestions = sa.Table(
    "suggestions",
    metadata,
    sa.Column("suggestion_id", _ID, primary_key=True),
    sa.Column("conversation_id", _ID, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.ForeignKeyConstraint(
        ["conversation_id", "seq"], ["cards.conversation_id", "cards.seq"], ondelete="CASCADE"
    ),
)
"""Which card a suggestion is on; the suggestion itself is in the card."""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("suggestion_id", _ID, primary_key=True),
    sa.Column("kind", _NAME, primary_key=True),
    _conversation(),
    sa.Column("agent_id", _ID, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("personality", _NAME),
    sa.Column("step", _NAME),
    sa.Index(None, "conversation_id"),
)

feedback_phrases = sa.Table(
    "feedback_phrases",
    metadata,
    sa.Column("suggestion_id", _ID, primary_key=True),
    sa.Column("kind", _NAME, primary_key=True),
    sa.Column("phrase_id", _ID, primary_key=True),
    sa.ForeignKeyConstraint(
        ["suggestion_id", "kind"], ["feedback.suggestion_id", "feedback.kind"], ondelete="CASCADE"
    ),
)
"""The phrases a piece of feedback is about, for counting."""


def is_ours(name: str | None, type_: str, _parents: object) -> bool:
    """Alembic's ``include_name``: leave every table alone that is not defined here."""
    return type_ != "table" or name in metadata.tables
