"""Run by Alembic inside ``bot.storage.migrate``, which hands over the connection and its transaction."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import VERSION_TABLE, is_ours, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
