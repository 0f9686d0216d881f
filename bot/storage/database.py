"""Engines for SQLite and PostgreSQL, and their errors in plain words. Nothing is opened at import."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc, pool

from bot.core.errors import InputError, StorageError

WAIT_SECONDS = 5
"""How long to wait for SQLite's write lock or for a PostgreSQL server to accept a connection."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MEMORY = ("", ":memory:")
_MEANINGS = (
    (("readonly", "25006"), "is read-only"),
    (("disk is full", "53100"), "has no room left: the disk is full"),
    (("unable to open",), "cannot be opened: does its folder exist, and may this user write there?"),
    (("is locked", "55P03"), f"stayed locked by another program for {WAIT_SECONDS} s"),
    (("no such table", "no such column", "42P01", "42703"), "lacks our tables: run the migrations"),
    (("not a database", "malformed"), "is damaged or no SQLite file"),
)


def create_database_engine(url: str) -> sa.engine.Engine:
    """An engine for ``sqlite:///path`` (its folder is made) or ``postgresql+psycopg2://user@host/name``; it connects on first use.

    SQLite: write-ahead log, foreign keys, 5 s lock wait. PostgreSQL: checked connections, 5 s to connect.
    A database in memory is one connection shared by all threads. Raises ``InputError`` for any other URL.
    """
    try:
        parsed = sa.engine.make_url(url)
        backend = parsed.get_backend_name()
        options = {"sqlite": _sqlite_options, "postgresql": _postgres_options}[backend](parsed)
        engine = sa.create_engine(
            parsed, future=True, hide_parameters=True, json_serializer=_to_json, **options
        )
    except ImportError as error:
        raise InputError("database_url", f"needs a driver that is not installed: {error.name}") from error
    except (KeyError, exc.ArgumentError) as error:
        # not the URL itself: it may hold a password
        allowed = "sqlite:///PATH or postgresql+psycopg2://USER@HOST/NAME"
        raise InputError("database_url", f"must be {allowed}") from error
    if backend == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextlib.contextmanager
def storage_errors(engine: sa.engine.Engine) -> Iterator[None]:
    """Turn whatever SQLAlchemy raises in the block into a ``StorageError`` that says what is wrong with the database."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise StorageError(f"database {engine.url!r} {_meaning(error)}") from error


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which PostgreSQL cannot hold, as U+FFFD; same length."""
    return _UNSTORABLE.sub("\ufffd", text)


def _to_json(value: object) -> str:
    return storable(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _meaning(error: exc.SQLAlchemyError) -> str:
    """First line of the driver's message only: the rest may quote what was to be stored."""
    cause = getattr(error, "orig", None) or error
    text = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    code = getattr(cause, "pgcode", None)
    for signs, meaning in _MEANINGS:
        if any(sign in text or sign == code for sign in signs):
            return f"{meaning} ({text})"
    if isinstance(error, exc.TimeoutError):
        return "has no free connection"
    if isinstance(error, exc.OperationalError) and code is None:
        return f"is unreachable ({text})"
    return f"refused: {text}"


def _make_folder(url: sa.engine.URL) -> None:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"folder {folder} for the database cannot be made: {error.strerror}") from error


def _sqlite_options(url: sa.engine.URL) -> dict[str, Any]:
    if (url.database or "") not in _MEMORY:
        _make_folder(url)
    options: dict[str, Any] = {
        "poolclass": pool.QueuePool,
        "connect_args": {"check_same_thread": False, "timeout": WAIT_SECONDS},
    }
    return {**options, "pool_size": 1, "max_overflow": 0} if (url.database or "") in _MEMORY else options


def _postgres_options(url: sa.engine.URL) -> dict[str, Any]:
    given = "connect_timeout" in url.query
    return {"pool_pre_ping": True, "connect_args": {} if given else {"connect_timeout": WAIT_SECONDS}}


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we BEGIN ourselves: the driver's own BEGIN leaves DDL outside
    connection.execute(f"PRAGMA busy_timeout = {int(WAIT_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    with contextlib.suppress(sqlite3.OperationalError):  # a read-only file can still be read in its old mode
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Any) -> None:
    exclusive = connection.get_execution_options().get("sqlite_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if exclusive else "BEGIN")
