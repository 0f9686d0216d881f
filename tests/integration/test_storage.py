"""The stored conversations, on SQLite always and on PostgreSQL when ``ASSIST_TEST_POSTGRES_URL`` names a server.

PostgreSQL tests work in a schema of their own, dropped afterwards.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.core.errors import InputError, StorageError
from bot.services.ports import ConversationRepository, FeedbackEvent
from bot.storage.database import create_database_engine
from bot.storage.migrate import upgrade, upgrade_engine
from bot.storage.repository import SqlConversationRepository
from bot.storage.tables import VERSION_TABLE, is_ours, metadata

AT = datetime(2023, 11, 21, 21, 45, 12, 345678, tzinfo=timezone(timedelta(hours=8)))
PHONE, CARD, MAIL = "13812345678", "6222021234567890128", "zhangsan@163.com"
POSTGRES_URL = os.environ.get("ASSIST_TEST_POSTGRES_URL", "")
NO_POSTGRES = "ASSIST_TEST_POSTGRES_URL is not set"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'assist.db'}"
        return
    if not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    schema = f"assist_test_{uuid.uuid4().hex}"
    admin = sa.create_engine(POSTGRES_URL, future=True)
    with admin.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    try:
        yield with_options(POSTGRES_URL, f"-csearch_path={schema}")
    finally:
        with admin.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


@pytest.fixture
def url(empty_url: str) -> str:
    """A migrated database."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def engine(url: str) -> Iterator[sa.engine.Engine]:
    """An engine on a migrated database."""
    engine = create_database_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def repository(engine: sa.engine.Engine) -> ConversationRepository:
    """The repository under test."""
    return SqlConversationRepository(engine)


def with_options(url: str, options: str) -> str:
    """The PostgreSQL URL with server options added to those it has."""
    parsed = sa.engine.make_url(url)
    options = f"{parsed.query.get('options', '')} {options}".strip()
    return str(parsed.update_query_dict({"options": options}).render_as_string(hide_password=False))


def say(repository: ConversationRepository, message_id: str, text: str = "在吗", **more: Any) -> bool:
    return repository.add_message(
        **{
            "conversation_id": "c1",
            "message_id": message_id,
            "sender": "customer",
            "text": text,
            "at": AT,
            **more,
        }
    )


def card_with(*suggestion_ids: str, text: str = "马上为您处理") -> dict[str, Any]:
    suggestions = [{"id": one, "text": text, "score": 0.5} for one in suggestion_ids]
    return {"schema": 1, "message_id": "m1", "suggestions": suggestions, "alerts": [{"text": "升级风险😡"}]}


def feedback(kind: Any = "used", suggestion_id: str = "s1", **more: Any) -> FeedbackEvent:
    fields = {"agent_id": "a1", "at": AT, "phrase_ids": ("p1", "p2"), **more}
    return FeedbackEvent(suggestion_id=suggestion_id, conversation_id="c1", kind=kind, **fields)


class TestMessages:
    def test_come_back_in_order_with_utc_times(self, repository: ConversationRepository) -> None:
        assert say(repository, "m1", "快递到哪了😡", customer_id="u1")
        assert say(repository, "m2", "马上查", sender="agent", agent_id="a1")
        first, second = repository.messages("c1")
        assert (first.message_id, first.sender, first.text) == ("m1", "customer", "快递到哪了😡")
        assert (first.customer_id, first.agent_id) == ("u1", None)
        assert (second.sender, second.agent_id) == ("agent", "a1")
        assert first.at == AT
        assert first.at.utcoffset() == timedelta(0)
        assert first.seq < second.seq

    def test_the_same_id_is_stored_once_in_each_conversation(
        self, repository: ConversationRepository
    ) -> None:
        assert say(repository, "m1", "一")
        assert not say(repository, "m1", "二")
        assert say(repository, "m1", "三", conversation_id="c2")
        assert [m.text for m in repository.messages("c1")] == ["一"]
        assert [m.text for m in repository.messages("c2")] == ["三"]

    def test_are_paged_by_seq(self, repository: ConversationRepository) -> None:
        assert repository.messages("c1") == []
        for number in range(5):
            say(repository, f"m{number}")
        page = repository.messages("c1", limit=2)
        rest = repository.messages("c1", after_seq=page[-1].seq)
        assert [m.message_id for m in [*page, *rest]] == ["m0", "m1", "m2", "m3", "m4"]

    @pytest.mark.parametrize("text", ["a\x00b", "\ud83d", "", "字" * 100_000])
    def test_of_any_text_can_be_stored(self, repository: ConversationRepository, text: str) -> None:
        say(repository, "m1", text)
        repository.add_card("c1", "m1", {"text": text})
        assert len(repository.messages("c1")[0].text) == len(text)
        assert len(repository.cards("c1")[0].card["text"]) == len(text)

    @pytest.mark.parametrize("bad", ["", "x" * 256, "a\x00b", "\ud83d"])
    def test_with_an_unusable_id_are_refused(self, repository: ConversationRepository, bad: str) -> None:
        with pytest.raises(InputError, match="message_id"):
            say(repository, bad)
        with pytest.raises(InputError, match="conversation_id"):
            repository.messages(bad)

    def test_without_a_time_zone_are_refused(self, repository: ConversationRepository) -> None:
        with pytest.raises(InputError, match="time zone"):
            say(repository, "m1", at=AT.replace(tzinfo=None))


class TestConversation:
    def test_keeps_the_people_and_counts_the_entries(self, repository: ConversationRepository) -> None:
        assert repository.conversation("c1") is None
        say(repository, "m1", customer_id="u1")
        say(repository, "m2", sender="agent", agent_id="a1")
        say(repository, "m2", sender="agent", agent_id="ignored: a repeated message")
        record = repository.conversation("c1")
        assert record is not None
        assert (record.customer_id, record.agent_id, record.last_seq) == ("u1", "a1", 2)
        assert record.created_at <= record.updated_at <= datetime.now(timezone.utc)
        assert record.updated_at.utcoffset() == timedelta(0)


class TestCards:
    def test_come_back_latest_in_order(self, repository: ConversationRepository) -> None:
        for number in range(4):
            repository.add_card("c1", f"m{number}", card_with(f"s{number}"))
        assert [c.message_id for c in repository.cards("c1", limit=2)] == ["m2", "m3"]
        everything = repository.cards("c1")
        assert [c.seq for c in everything] == sorted({c.seq for c in everything})
        assert repository.cards("c1", after_seq=everything[2].seq) == everything[3:]
        assert repository.latest_card("c1") == everything[3]
        assert everything[3].card == card_with("s3")
        assert repository.latest_card("c2") is None

    def test_the_same_card_is_stored_once_and_a_new_one_for_the_message_is_added(
        self, repository: ConversationRepository
    ) -> None:
        for suggestion_id in ("s1", "s1", "s2", "s2"):
            repository.add_card("c1", "m1", card_with(suggestion_id))
            repository.add_review("c1", "m1", {"missing": suggestion_id})
        assert [c.card for c in repository.cards("c1")] == [card_with("s1"), card_with("s2")]
        assert repository.find_suggestion("s1") is not None

    def test_suggestions_are_found_by_id(self, repository: ConversationRepository) -> None:
        repository.add_card("c1", "m1", card_with("s1", "s2"))
        repository.add_card("c2", "m1", card_with("s3", "s2", text="新的"))
        assert repository.find_suggestion("s1") == ("c1", card_with("s1")["suggestions"][0])
        assert repository.find_suggestion("s2") == ("c2", card_with("s2", text="新的")["suggestions"][0])
        assert repository.find_suggestion("s9") is None

    def test_a_card_without_suggestions_can_be_stored(self, repository: ConversationRepository) -> None:
        repository.add_card("c1", "m1", {"schema": 1, "nested": [1, 2.5, None, True, {"k": "值"}]})
        assert repository.cards("c1")[0].card["nested"] == [1, 2.5, None, True, {"k": "值"}]

    def test_what_is_no_json_is_a_storage_error(self, repository: ConversationRepository) -> None:
        with pytest.raises(StorageError):
            repository.add_card("c1", "m1", {"score": float("nan")})
        assert repository.conversation("c1") is None, "nothing of it is stored"


class TestFeedback:
    def test_is_stored_once_for_each_suggestion_and_kind(self, repository: ConversationRepository) -> None:
        assert repository.feedback_counts() == {}
        assert repository.add_feedback(feedback("used"))
        assert not repository.add_feedback(feedback("used", agent_id="a2"))
        assert repository.add_feedback(feedback("edited"))
        assert repository.add_feedback(feedback("used", suggestion_id="s2", phrase_ids=("p2", "p3", "p3")))
        assert repository.add_feedback(feedback("dismissed", suggestion_id="s3", phrase_ids=()))
        assert repository.feedback_counts() == {"p1": (1, 1, 0), "p2": (2, 1, 0), "p3": (1, 0, 0)}


def test_nothing_personal_reaches_the_disk(
    repository: ConversationRepository, engine: sa.engine.Engine
) -> None:
    secret = f"电话{PHONE}，卡{CARD}，{MAIL}"
    say(repository, "m1", secret)
    repository.add_card(
        "c1", "m1", {**card_with("s1", text=secret), "analysis": {"entities": [{"value": PHONE}]}}
    )
    repository.add_review("c1", "m1", {"findings": [{"text": secret}]})
    repository.add_feedback(feedback("edited", text=secret, personality="driver", step="calm"))
    with engine.connect() as connection:
        raw = {
            table.name: repr(connection.execute(sa.text(f"SELECT * FROM {table.name}")).fetchall())
            for table in metadata.sorted_tables
        }
    for name, rows in raw.items():
        assert rows != "[]", name
        assert not any(part in rows for part in (PHONE, CARD, MAIL)), name
    for name in ("messages", "cards", "reviews", "feedback"):
        assert "电话138****5678，卡***************0128，z*******@163.com" in raw[name]
    if engine.dialect.name == "sqlite":
        files = Path(str(engine.url.database)).parent.glob("assist.db*")
        assert not any(part.encode() in file.read_bytes() for file in files for part in (PHONE, CARD, MAIL))


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that start together, each in its own thread; raises what any of them raises."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_many_threads_on_one_conversation_lose_nothing(repository: ConversationRepository) -> None:
    threads, each = 4, 25

    def write(name: int) -> None:
        for number in range(each):
            assert say(repository, f"{name}-{number}")
            repository.add_card("c1", f"{name}-{number}", card_with(f"s{name}-{number}"))

    at_once(*(partial(write, name) for name in range(threads)))
    messages, cards = repository.messages("c1"), repository.cards("c1", limit=1000)
    assert len(messages) == len(cards) == threads * each
    seqs = [*(m.seq for m in messages), *(c.seq for c in cards)]
    assert sorted(seqs) == list(range(1, 2 * threads * each + 1))
    record = repository.conversation("c1")
    assert record is not None
    assert record.last_seq == len(seqs)


def test_threads_adding_the_same_message_store_it_once(repository: ConversationRepository) -> None:
    def write() -> list[bool]:
        return [say(repository, f"m{number}") for number in range(20)]

    first, second = at_once(write, write)
    assert all(a != b for a, b in zip(first, second))
    assert len(repository.messages("c1")) == 20


class TestMigrations:
    def test_give_exactly_the_tables_of_the_code(self, engine: sa.engine.Engine) -> None:
        with engine.begin() as connection:
            connection.execute(
                sa.text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255))")
            )
        options = {"version_table": VERSION_TABLE, "include_name": is_ours, "compare_type": True}
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []

    def test_leave_the_tables_of_rasa_alone_and_can_be_repeated(self, empty_url: str) -> None:
        engine = create_database_engine(empty_url)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE events (id INTEGER PRIMARY KEY, data TEXT)"))
            connection.execute(sa.text("INSERT INTO events VALUES (1, 'of Rasa')"))
        upgrade(empty_url)
        repository = SqlConversationRepository(engine)
        say(repository, "m1")
        upgrade(empty_url)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT data FROM events")).scalar_one() == "of Rasa"
        assert len(repository.messages("c1")) == 1
        engine.dispose()

    def test_refuse_a_database_newer_than_the_program(self, engine: sa.engine.Engine, url: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = 'r9999'"))
        with pytest.raises(StorageError, match="newer than this program.*r9999"):
            upgrade(url)

    def test_by_two_programs_at_once_both_succeed(self, empty_url: str) -> None:
        at_once(lambda: upgrade(empty_url), lambda: upgrade(empty_url))
        upgrade(empty_url)

    def test_that_fail_leave_nothing_behind(self, empty_url: str) -> None:
        engine = create_database_engine(empty_url)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE feedback (of_someone_else INTEGER)"))
        with pytest.raises(StorageError, match="feedback"):
            upgrade(empty_url)
        assert sa.inspect(engine).get_table_names() == ["feedback"]
        engine.dispose()


class TestFailures:
    def test_a_database_without_our_tables(self, empty_url: str) -> None:
        engine = create_database_engine(empty_url)
        repository = SqlConversationRepository(engine)
        with pytest.raises(StorageError, match="run the migrations") as caught:
            repository.ping()
        assert isinstance(caught.value.__cause__, sa.exc.SQLAlchemyError)
        upgrade_engine(engine)
        repository.ping()
        engine.dispose()

    def test_a_read_only_database_can_be_read_but_not_written(self, url: str) -> None:
        if url.startswith("sqlite"):
            read_only = url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
        else:
            read_only = with_options(url, "-cdefault_transaction_read_only=on")
        engine = create_database_engine(read_only)
        repository = SqlConversationRepository(engine)
        assert repository.messages("c1") == []
        with pytest.raises(StorageError, match="read-only"):
            say(repository, "m1")
        with pytest.raises(StorageError, match="read-only"):
            repository.add_feedback(feedback())
        engine.dispose()

    def test_a_full_disk(self, tmp_path: Path) -> None:
        engine = create_database_engine(f"sqlite:///{tmp_path / 'full.db'}")
        upgrade_engine(engine)
        repository = SqlConversationRepository(engine)
        with engine.connect() as connection:
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
        sa.event.listen(engine, "checkout", lambda raw, *_: raw.execute(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(StorageError, match="disk is full"):
            say(repository, "m1", "字" * 100_000)
        assert say(repository, "m2"), "a short one still fits and the failed one left nothing"
        assert [m.message_id for m in repository.messages("c1")] == ["m2"]
        engine.dispose()

    def test_a_file_locked_by_another_program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.storage.database.WAIT_SECONDS", 0.1)
        url = f"sqlite:///{tmp_path / 'locked.db'}"
        upgrade(url)
        engine = create_database_engine(url)
        other = engine.execution_options(sqlite_immediate=True)
        with other.begin(), pytest.raises(StorageError, match="locked by another program"):
            say(SqlConversationRepository(engine), "m1")
        engine.dispose()

    def test_a_missing_folder_is_made(self, tmp_path: Path) -> None:
        upgrade(f"sqlite:///{tmp_path / 'new' / 'assist.db'}")
        assert (tmp_path / "new" / "assist.db").exists()

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file")
        with pytest.raises(StorageError, match="cannot be made"):
            upgrade(f"sqlite:///{tmp_path / 'taken' / 'assist.db'}")

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("买菜\n" * 500)
        with pytest.raises(StorageError, match="no SQLite file"):
            upgrade(f"sqlite:///{tmp_path / 'notes.txt'}")

    def test_a_server_that_does_not_answer(self) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))  # taken, and nobody listens
            url = f"postgresql+psycopg2://assist:geheim@127.0.0.1:{bound.getsockname()[1]}/assist"
            engine = create_database_engine(url)
            for call in (SqlConversationRepository(engine).ping, lambda: upgrade(url)):
                with pytest.raises(StorageError, match="unreachable") as caught:
                    call()
                assert "geheim" not in str(caught.value)
                assert isinstance(caught.value.__cause__, sa.exc.OperationalError)

    @pytest.mark.parametrize(
        "url", ["", "mysql://root:geheim@db/x", "postgres://u:geheim@db/x", "geheim", "sqlite+x://"]
    )
    def test_a_url_of_another_kind(self, url: str) -> None:
        with pytest.raises(InputError, match="database_url") as caught:
            create_database_engine(url)
        assert "geheim" not in str(caught.value)


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    engine = create_database_engine("sqlite://")
    upgrade_engine(engine)
    repository = SqlConversationRepository(engine)
    worker = threading.Thread(target=say, args=(repository, "m1"))
    worker.start()
    worker.join()
    assert len(repository.messages("c1")) == 1


def test_sqlite_is_set_up_for_several_writers(tmp_path: Path) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        values = [
            connection.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        ]
    assert values == ["wal", 5000, 1]
    engine.dispose()
