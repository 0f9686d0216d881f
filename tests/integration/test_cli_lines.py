"""JSON lines through ``answer_lines`` and the engine: every line is answered in order, and the stream goes on."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot import bootstrap
from bot.cli.assist import answer_line
from bot.cli.check import check_line
from bot.cli.lines import MAX_LINE, answer_lines
from bot.core.errors import AssistError
from bot.engine.conversation import ConversationEngine
from bot.engine.tracker_store import AssistTrackerStore
from bot.services.assist import AssistService
from bot.storage.database import create_database_engine
from bot.storage.migrate import upgrade_engine
from bot.storage.repository import SqlConversationRepository

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Processor:
    """As much of Rasa's processor as an agent's line needs."""

    domain: Domain
    tracker_store: AssistTrackerStore

    async def fetch_tracker_and_update_session(self, sender: str) -> DialogueStateTracker:
        return await self.tracker_store.get_or_create_tracker(sender)


@dataclass
class LoadedAgent:
    """An agent whose model is never asked."""

    processor: Processor
    lock_store: InMemoryLockStore


class EngineWithoutModel(ConversationEngine):
    """The real engine: its checks, its locks, its memory; only the turn through the model is left out."""

    async def _run_turn(
        self, conversation_id: str, message_id: str, text: str, moment: datetime
    ) -> dict[str, Any]:
        if "没有模型" in text:
            raise AssistError("the model is gone")
        return {"schema": 1, "message_id": message_id, "text": text, "suggestions": []}


@pytest.fixture(scope="module")
def engine() -> EngineWithoutModel:
    database = create_database_engine("sqlite://")
    upgrade_engine(database)
    domain = Domain.load(str(ROOT / "domain.yml"))
    agent = LoadedAgent(Processor(domain, AssistTrackerStore(domain, engine=database)), InMemoryLockStore())
    service = AssistService(bootstrap.content())
    return EngineWithoutModel(agent, service, SqlConversationRepository(database))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def answers(engine: EngineWithoutModel, loop: asyncio.AbstractEventLoop) -> Any:
    """What comes out, parsed, when these bytes go in."""

    def run(data: bytes) -> list[dict[str, Any]]:
        raw = io.BytesIO()
        target = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")  # as strict as a real stdout

        def answer(line: Any) -> dict[str, Any]:
            return loop.run_until_complete(answer_line(engine, line))

        assert answer_lines(io.BytesIO(data), target, answer) == 0
        return [json.loads(line) for line in raw.getvalue().split(b"\n")[:-1]]

    return run


def customer(text: object = "手机断线了", **more: object) -> bytes:
    return json.dumps({"conversation_id": "c1", "sender": "customer", "text": text, **more}).encode()


GOOD = customer()
AGENT = json.dumps(
    {"conversation_id": "c1", "sender": "agent", "text": "对不起，我来查"}, ensure_ascii=False
).encode()

BAD = {
    "malformed JSON": (b'{"conversation_id": "c1", ', "is not JSON"),
    "no JSON": (b"hello", "is not JSON"),
    "two objects": (GOOD + GOOD, "is not JSON"),
    "deep nesting": (b"[" * 100_000, "is not JSON"),
    "an array": (b"[1, 2]", "must be a JSON object, not list"),
    "a string": ('"您好"'.encode(), "must be a JSON object, not str"),
    "null": (b"null", "must be a JSON object, not NoneType"),
    "not UTF-8": ("您好".encode("gb18030"), "is not UTF-8 (byte 0)"),
    "UTF-16": (GOOD.decode().encode("utf-16-le"), "line: is not"),
    "overlong": (b'{"text": "' + b"a" * MAX_LINE + b'"}', "is longer than 1,000,000 bytes"),
    "very overlong": (b"a" * (3 * MAX_LINE + 7), "is longer than 1,000,000 bytes"),
    "no fields": (b"{}", "conversation_id: is missing"),
    "no text": (b'{"conversation_id": "c1", "sender": "customer"}', "text: is missing"),
    "null text": (customer(None), "text: is missing"),
    "empty text": (customer(""), "text: must not be empty"),
    "white text": (customer(" \u3000\n\t"), "text: must not be empty"),
    "text is a number": (customer(7), "text: must be text, not int"),
    "text is a list": (customer(["您好"]), "text: must be text, not list"),
    "empty id": (customer(conversation_id=""), "conversation_id: must not be empty"),
    "id is a number": (customer(conversation_id=1), "conversation_id: must be text, not int"),
    "overlong id": (customer(conversation_id="c" * 256), "conversation_id: must be 1 to 255 characters"),
    "control character in the id": (
        customer(conversation_id="c\x00"),
        "conversation_id: must be 1 to 255 characters",
    ),
    "empty sender": (customer(sender=" "), "sender: must not be empty"),
    "unknown sender": (customer(sender="robot"), "sender: must be customer or agent, not 'robot'"),
    "sender in capitals": (customer(sender="Customer"), "sender: must be customer or agent"),
    "lone surrogate as sender": (customer(sender="\ud800"), "sender: must be customer or agent"),
    "10,001 characters": (customer("断" * 10_001), "text: must have at most 10,000 characters"),
    "no time": (customer(at="yesterday"), "at: must be an ISO 8601 time"),
    "empty time": (customer(at=""), "at: must be an ISO 8601 time"),
    "time is a number": (customer(at=1700000000), "at: must be text, not int"),
    "customer id is a number": (customer(customer_id=7), "customer_id: must be text, not int"),
    "agent's line of 10,001 characters": (
        AGENT.replace("我来查".encode(), b"a" * 10_001),
        "at most 10,000 characters",
    ),
    "expected failure": (customer("没有模型"), "the model is gone"),
    "endless number": (
        b'{"conversation_id": ' + b"9" * 5_000 + b"}",
        "is not JSON",
    ),
    "time before the first": (
        customer(at="0001-01-01T00:00:00+14:00"),
        "at: must be",
    ),
}


def cases() -> Iterator[Any]:
    for name, (line, message) in BAD.items():
        yield pytest.param(line, message, id=name)


@pytest.mark.parametrize(("line", "message"), cases())
def test_a_bad_line_is_answered_and_the_stream_goes_on(answers: Any, line: bytes, message: str) -> None:
    before, bad, after = answers(b"\n".join([GOOD, line, AGENT]) + b"\n")
    assert before["schema"] == 1
    assert list(bad) == ["error"] and bad["error"]["line"] == 2
    assert message in bad["error"]["message"]
    assert after["reply_review"]["conversation_id"] == "c1"


def test_all_bad_lines_in_a_row_are_answered_in_order(answers: Any) -> None:
    found = answers(b"\n".join(line for line, _ in BAD.values()))
    assert [a["error"]["line"] for a in found] == list(range(1, len(BAD) + 1))
    assert all(message in a["error"]["message"] for a, (_, message) in zip(found, BAD.values()))


def test_an_error_never_repeats_the_customers_words(answers: Any) -> None:
    for line in (b'{"text": "13812345678", ', customer("13812345678" * 1_000)):
        (found,) = answers(line)
        assert "13812345678" not in json.dumps(found)


def test_control_characters_in_a_text_are_no_error(answers: Any) -> None:
    texts = ["断\x00线\x07了", "\u200b\x01", "a\u2028b", "换\n行\r\n", "😡", "\\u0041"]
    found = answers(b"\n".join(customer(text) for text in texts))
    assert [a["text"] for a in found] == texts


def test_the_longest_text_and_odd_spellings_of_a_line_are_read(answers: Any) -> None:
    lines = [
        customer("断" * 10_000),
        b"\xef\xbb\xbf" + GOOD,
        b"  " + GOOD + b"  \r",
        customer(unknown_field={"a": [1]}),
        customer(customer_id=None, at=None),
        customer(at="2024-05-01T09:30:00.125Z"),
    ]
    assert all(a.get("schema") == 1 for a in answers(b"\n".join(lines)))


def test_blank_lines_are_counted_but_not_answered(answers: Any) -> None:
    found = answers(b"\n" + GOOD + b"\n  \n\nhello\n\n")
    assert [a.get("error", {}).get("line") for a in found] == [None, 5]


def test_nothing_in_nothing_out(answers: Any) -> None:
    assert answers(b"") == []


def test_the_last_line_needs_no_line_end(answers: Any) -> None:
    assert len(answers(GOOD + b"\n" + GOOD)) == 2


def test_a_lone_surrogate_is_answered_too(answers: Any) -> None:
    assert len(answers(customer("坏\ud83d了") + b"\n" + GOOD)) == 2


def test_each_answer_is_out_before_the_next_line_is_read() -> None:
    target = io.StringIO()

    class Source(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            assert target.getvalue().count("\n") == read[0]
            read[0] += 1
            return super().readline(size)

    read = [0]
    answer_lines(Source(b"{}\n" * 5), target, lambda line: {"ok": True})
    assert target.getvalue() == '{"ok": true}\n' * 5


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b" ")).filter(bytes.strip), max_size=6))
def test_any_bytes_are_answered_line_by_line(answers: Any, lines: list[bytes]) -> None:
    found = answers(b"".join(line + b"\n" for line in lines))
    assert [a["error"]["line"] for a in found] == list(range(1, len(lines) + 1))


def test_drafts_are_checked_with_the_same_care() -> None:
    target = io.StringIO()
    lines = [
        '{"text": "您等一下"}',
        '{"text": 1}',
        '{"text": "好", "emotion": "grumpy"}',
        '{"text": "对不起", "emotion": "angry"}',
    ]
    answer_lines(io.BytesIO("\n".join(lines).encode()), target, check_line)
    first, second, third, fourth = (json.loads(line) for line in target.getvalue().splitlines())
    assert first["findings"][0]["family"] == "brush_off"
    assert second["error"] == {"line": 2, "message": "text: must be text, not int", "field": "text"}
    assert third["error"]["field"] == "emotion"
    assert fourth["empathy_level"] == "H"


def test_the_command_answers_on_a_pipe() -> None:
    data = '{"text": "不关我的事"}\n'.encode() + b"{bad\n\xff\n" + '{"text": "我现在就查"}\n'.encode()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--jsonl"],
        input=data, capture_output=True, cwd=ROOT, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert done.returncode == 0, done.stderr.decode()
    assert [a.get("error", {}).get("line") for a in found] == [None, 2, 3, None]
    assert found[0]["findings"] and not found[3]["findings"]
