"""The sidebar channel over HTTP: what goes in, what comes out, and every way to be refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import pytest_asyncio
from fake_engine import FakeEngine
from sidebar_server import LINE, REPLY, Http, bearer, running, talking, token
from yarl import URL

from bot.core.errors import NoCard, StorageError, UnknownSuggestion

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest_asyncio.fixture
async def http(engine: FakeEngine) -> AsyncIterator[Http]:
    async with talking(engine) as client:
        yield client


async def test_health_needs_no_token(http: Http) -> None:
    assert await http.get("/") == (200, {"status": "ok"})


async def test_a_customer_line_is_answered_by_its_card(http: Http, engine: FakeEngine) -> None:
    line = {
        **LINE,
        "text": "  我的手机又断线了 ",
        "message_id": "m-1",
        "customer_id": "u1",
        "at": "2024-05-01T09:00:00Z",
    }
    status, card = await http.post("/messages", line)
    assert (status, card["schema"], card["message_id"]) == (200, 1, "m-1")
    assert card["analysis"]["intent"]["name"] == "report_fault"
    name, given = engine.calls[-1]
    assert name == "customer_line"
    assert given == {k: line[k] for k in ("text", "message_id", "customer_id", "at")}, (
        "untouched, spaces and all"
    )


async def test_an_agent_line_is_answered_by_its_review_in_the_agents_name(
    http: Http, engine: FakeEngine
) -> None:
    await http.post("/messages", LINE)
    status, answer = await http.post(
        "/messages", {**REPLY, "suggestion_id": "m1-s1", "agent_id": "somebody-else"}
    )
    assert status == 200
    assert list(answer) == ["reply_review"]
    assert [step["step"] for step in answer["reply_review"]["steps"]] == ["accept", "calm"]
    assert engine.calls[-1][1]["agent_id"] == "a-7"
    assert engine.calls[-1][1]["suggestion_id"] == "m1-s1"


async def test_a_draft_is_checked_with_exact_spans(http: Http) -> None:
    status, answer = await http.post("/drafts", {"conversation_id": "c1", "text": "😀这不关我的事"})
    finding = answer["findings"][0]
    assert (status, answer["empathy_level"], finding["start"], finding["end"]) == (200, "LL", 2, 7)


async def test_feedback_counts_once(http: Http, engine: FakeEngine) -> None:
    await http.post("/messages", LINE)
    given = {"conversation_id": "c1", "suggestion_id": "m1-s1", "kind": "edited", "text": "改过的话"}
    assert await http.post("/feedback", given) == (200, {"counted": True})
    assert await http.post("/feedback", given) == (200, {"counted": False})
    assert engine.calls[-1][1]["agent_id"] == "a-7"


async def test_a_personality_set_by_hand_holds_from_then_on(http: Http) -> None:
    await http.post("/messages", LINE)
    status, view = await http.post("/personality", {"conversation_id": "c1", "personality": "driver"})
    assert (status, view["type"], view["source"]) == (200, "driver", "agent")
    _, card = await http.post("/messages", LINE)
    assert card["analysis"]["personality"]["type"] == "driver"


async def test_history_after_a_place(http: Http) -> None:
    await http.post("/messages", LINE)
    await http.post("/messages", REPLY)
    status, whole = await http.get("/conversations/c1", **bearer())
    assert status == 200
    assert [m["sender"] for m in whole["messages"]] == ["customer", "agent"]
    assert len(whole["cards"]) == 1
    _, rest = await http.get("/conversations/c1?after=1", **bearer())
    assert [m["seq"] for m in rest["messages"]] == [2]


async def test_a_conversation_may_have_a_chinese_name_with_a_slash(http: Http) -> None:
    name = "门店/三号 台"
    status, _ = await http.post("/messages", {**LINE, "conversation_id": name}, headers=bearer(name))
    assert status == 200
    address = URL(f"{http.base}/conversations/{quote(name, safe='')}", encoded=True)
    async with http.session.get(address, headers=bearer(name)) as answer:
        assert answer.status == 200
        assert (await answer.json())["messages"][0]["text"] == LINE["text"]


@pytest.mark.parametrize(
    ("path", "change", "status", "field"),
    [
        ("/messages", {"conversation_id": None}, 400, "conversation_id"),
        ("/messages", {"conversation_id": "  "}, 400, "conversation_id"),
        ("/messages", {"conversation_id": 7}, 400, "conversation_id"),
        ("/messages", {"conversation_id": "c" * 256}, 400, "conversation_id"),
        ("/messages", {"sender": None}, 400, "sender"),
        ("/messages", {"sender": "bot"}, 400, "sender"),
        ("/messages", {"sender": ["agent"]}, 400, "sender"),
        ("/messages", {"text": None}, 400, "text"),
        ("/messages", {"text": ""}, 400, "text"),
        ("/messages", {"text": " \n\t　"}, 400, "text"),
        ("/messages", {"text": {"a": 1}}, 400, "text"),
        ("/messages", {"text": "a\0b"}, 400, "text"),
        ("/messages", {"text": "a\ud800b"}, 400, "text"),
        ("/messages", {"text": "长" * 10_001}, 413, "text"),
        ("/messages", {"message_id": 12}, 400, "message_id"),
        ("/messages", {"message_id": "m" * 256}, 400, "message_id"),
        ("/messages", {"customer_id": True}, 400, "customer_id"),
        ("/messages", {"at": "yesterday"}, 400, "at"),
        ("/messages", {"at": "0001-01-01T00:00:00"}, 400, "at"),
        ("/drafts", {"text": " "}, 400, "text"),
        ("/drafts", {"text": "长" * 10_001}, 413, "text"),
        ("/feedback", {}, 400, "suggestion_id"),
        ("/feedback", {"suggestion_id": "s"}, 400, "kind"),
        ("/feedback", {"suggestion_id": "s", "kind": "liked"}, 400, "kind"),
        ("/feedback", {"suggestion_id": "s", "kind": "edited", "text": "长" * 10_001}, 413, "text"),
        ("/personality", {"personality": "lion"}, 400, "personality"),
    ],
)
async def test_an_unusable_field_is_named(
    http: Http, path: str, change: dict[str, Any], status: int, field: str
) -> None:
    got, answer = await http.post(path, {**LINE, **change})
    assert (got, answer["error"]["field"]) == (status, field)
    assert set(answer["error"]) == {"code", "message", "field"}


async def test_a_text_of_exactly_the_limit_is_taken(http: Http) -> None:
    status, _ = await http.post("/messages", {**LINE, "text": "😀" * 10_000})
    assert status == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[1]", b'"text"', b"null", b"[" * 100_000], ids=lambda b: b[:4].hex()
)
async def test_a_body_that_is_no_json_object_is_400(http: Http, body: bytes) -> None:
    answer = await http.raw("POST", "/messages", data=body, headers=bearer())
    assert answer.status == 400
    assert (await answer.json())["error"]["field"] == "body"


async def test_a_huge_body_is_413(http: Http) -> None:
    answer = await http.raw("POST", "/messages", data=b" " * 300_000, headers=bearer())
    assert answer.status == 413


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Basic {token()}"},
        {"Authorization": f"Bearer {jwt.encode({'sub': 'a'}, 'x' * 32)}"},
        {"Authorization": f"Bearer {token(ttl=0.001)}"},
        {"Cookie": f"token={token()}"},
    ],
)
async def test_every_route_but_health_wants_a_valid_token(
    http: Http, engine: FakeEngine, header: dict[str, str]
) -> None:
    await asyncio.sleep(0.01)
    for path in ("/messages", "/drafts", "/feedback", "/personality"):
        answer = await http.raw("POST", path, json=LINE, headers=header)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert (await answer.json())["error"]["message"] == "a valid token is required"
    assert (await http.get("/conversations/c1?token=" + token(), **header))[0] == 401
    assert engine.calls == []


async def test_a_foreign_conversation_is_403_whether_it_exists_or_not(http: Http, engine: FakeEngine) -> None:
    await http.post("/messages", {**LINE, "conversation_id": "c2"}, headers=bearer("c2"))
    asked = len(engine.calls)
    for path in ("/messages", "/drafts", "/feedback", "/personality"):
        for name in ("c2", "c3"):
            status, answer = await http.post(path, {**LINE, "conversation_id": name})
            assert (status, answer["error"]["code"]) == (403, "forbidden")
    assert (await http.get("/conversations/c2", **bearer()))[0] == 403
    assert len(engine.calls) == asked


async def test_a_supervisor_sees_all(http: Http) -> None:
    everything = bearer("*", role="supervisor")
    assert (await http.post("/messages", {**LINE, "conversation_id": "c9"}, headers=everything))[0] == 200
    assert (await http.get("/conversations/c9", **everything))[0] == 200


async def test_an_unknown_conversation_is_404(http: Http) -> None:
    for status, answer in (
        await http.get("/conversations/c1", **bearer()),
        await http.post("/personality", {"conversation_id": "c1", "personality": "driver"}),
    ):
        assert (status, answer["error"]["code"]) == (404, "unknown_conversation")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "９", "9" * 30, "1%200"])
async def test_a_bad_place_in_the_history_is_400(http: Http, after: str) -> None:
    status, answer = await http.get(f"/conversations/c1?after={after}", **bearer())
    assert (status, answer["error"]["field"]) == (400, "after_seq")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/messages"), ("PUT", "/drafts"), ("POST", "/"), ("DELETE", "/conversations/c1")],
)
async def test_a_wrong_method_is_405_in_json(http: Http, method: str, path: str) -> None:
    answer = await http.raw(method, path, headers=bearer())
    assert answer.status == 405
    assert answer.headers["Allow"] in ("POST", "GET, HEAD")
    assert (await answer.json())["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StorageError("postgres://user:pw@db is down"), 503),
        (NoCard("inner: is the action server up?"), 503),
        (UnknownSuggestion("inner: no such"), 404),
        (ZeroDivisionError("inner thing"), 500),
    ],
)
async def test_an_error_behind_us_is_told_without_a_word_of_why_and_logged(
    http: Http, engine: FakeEngine, caplog: pytest.LogCaptureFixture, error: Exception, status: int
) -> None:
    engine.fail_with = error
    answer = await http.raw("POST", "/messages", json=LINE, headers=bearer())
    body = await answer.text()
    assert answer.status == status
    assert not any(word in body for word in ("postgres", "inner", "Traceback", "ZeroDivision"))
    if status >= 500:
        assert str(error) in caplog.text


async def test_before_a_model_is_loaded_it_is_503() -> None:
    async with talking(None) as http:
        status, answer = await http.post("/messages", LINE)
    assert (status, answer["error"]["code"]) == (503, "unavailable")


async def test_answers_are_neither_sniffed_nor_kept(http: Http) -> None:
    answer = await http.raw("POST", "/messages", json=LINE, headers=bearer())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "断线" not in json.dumps(dict(answer.headers))


async def test_the_engine_is_warm_before_the_first_line() -> None:
    class Warm(FakeEngine):
        async def warm_up(self) -> None:
            self.calls.append(("warm_up", {}))

    engine = Warm()
    async with running(engine):
        assert engine.calls == [("warm_up", {})]


async def test_an_engine_that_cannot_be_built_yet_does_not_stop_the_server() -> None:
    class Cold(FakeEngine):
        async def warm_up(self) -> None:
            raise StorageError("the database is away")

    async with talking(Cold()) as http:
        assert (await http.get("/"))[0] == 200
