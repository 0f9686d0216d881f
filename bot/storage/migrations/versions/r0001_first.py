"""Conversations, messages, cards, reviews and feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(255)
_NAME = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "conversations",
        sa.Column("conversation_id", _ID, primary_key=True),
        sa.Column("customer_id", _ID),
        sa.Column("agent_id", _ID),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_table(
        "messages",
        _conversation(primary_key=True),
        _seq(),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("sender", _NAME, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("customer_id", _ID),
        sa.Column("agent_id", _ID),
        sa.UniqueConstraint("conversation_id", "message_id"),
    )
    for table in ("cards", "reviews"):
        op.create_table(
            table,
            _conversation(primary_key=True),
            _seq(),
            sa.Column("message_id", _ID, nullable=False),
            sa.Column("body", sa.JSON, nullable=False),
            sa.Column("created_at", _TIME, nullable=False),
        )
        op.create_index(f"ix_{table}_conversation_id_message_id", table, ["conversation_id", "message_id"])
    _create_suggestions_and_feedback()


def _create_suggestions_and_feedback() -> None:
    op.create_table(
        "suggestions",
        sa.Column("suggestion_id", _ID, primary_key=True),
        sa.Column("conversation_id", _ID, primary_key=True),
        _seq(),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"], ["cards.conversation_id", "cards.seq"], ondelete="CASCADE"
        ),
    )
    op.create_table(
        "feedback",
        sa.Column("suggestion_id", _ID, primary_key=True),
        sa.Column("kind", _NAME, primary_key=True),
        _conversation(),
        sa.Column("agent_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("personality", _NAME),
        sa.Column("step", _NAME),
    )
    op.create_index("ix_feedback_conversation_id", "feedback", ["conversation_id"])
    op.create_table(
        "feedback_phrases",
        sa.Column("suggestion_id", _ID, primary_key=True),
        sa.Column("kind", _NAME, primary_key=True),
        sa.Column("phrase_id", _ID, primary_key=True),
        sa.ForeignKeyConstraint(
            ["suggestion_id", "kind"], ["feedback.suggestion_id", "feedback.kind"], ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the tables and all they hold."""
    for table in (
        "feedback_phrases",
        "feedback",
        "suggestions",
        "reviews",
        "cards",
        "messages",
        "conversations",
    ):
        op.drop_table(table)


def _conversation(*, primary_key: bool = False) -> sa.Column:
    key = sa.ForeignKey("conversations.conversation_id", ondelete="CASCADE")
    return sa.Column("conversation_id", _ID, key, primary_key=primary_key, nullable=False)


def _seq() -> sa.Column:
    return sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False)
