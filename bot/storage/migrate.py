"""Bringing a database to the schema of this program."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.core.errors import StorageError
from bot.storage.database import create_database_engine, storage_errors
from bot.storage.tables import VERSION_TABLE

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x617373697374  # "assist": the advisory lock under which PostgreSQL migrates


def upgrade(url: str) -> None:
    """Create or upgrade our tables in the database at ``url``; nothing happens when they are up to date.

    Raises ``InputError`` for a URL of another kind, ``StorageError`` when the database cannot be used or is newer
    than this program.
    """
    engine = create_database_engine(url)
    try:
        upgrade_engine(engine)
    finally:
        engine.dispose()


def upgrade_engine(engine: sa.engine.Engine) -> None:
    """The same on an engine (the only way for a database in memory): one transaction, one process at a time."""
    with storage_errors(engine), engine.execution_options(sqlite_immediate=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        _refuse_newer(connection, config)
        command.upgrade(config, "head")


def _refuse_newer(connection: sa.engine.Connection, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    if unknown := set(context.get_current_heads()) - known:
        raise StorageError(
            f"database {connection.engine.url!r} is newer than this program: it has schema revision "
            f"{', '.join(sorted(unknown))}, the newest known here is {max(known)}; install the newer program"
        )
