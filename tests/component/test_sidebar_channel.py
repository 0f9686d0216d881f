"""The sidebar channel on a real Sanic server on loopback, mounted as Rasa mounts it, before a fake engine."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio
import socketio
from fake_engine import FakeEngine
from rasa.core.channels.channel import register
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from bot.channels.auth import issue_token
from bot.channels.errors import ConfigError
from bot.channels.sidebar import SidebarInput
from bot.core.errors import StorageError

SECRET = "component-test-secret-0123456789abcdef"
PATH = "/webhooks/sidebar"
LINE = {"conversation_id": "c1", "sender": "customer", "text": "我的手机又断线了"}
REPLY = {"conversation_id": "c1", "sender": "agent", "text": "对不起，这件事由我负责"}
_numbers = itertools.count()


def token(*conversations: str, subject: str = "a-7", role: str = "agent", ttl: float = 60) -> str:
    return issue_token(
        SECRET, subject=subject, role=role, conversations=conversations or ["c1"], ttl_s=ttl, now=time.time()
    )


def bearer(*conversations: str, **options: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(*conversations, **options)}"}


@asynccontextmanager
async def running(engine: object = None, port: int = 0, **credentials: Any) -> AsyncIterator[str]:
    """Base address of a server whose app carries this engine."""
    app = Sanic(f"sidebar-test-{next(_numbers)}", configure_logging=False)
    Sanic.test_mode = True  # it rewrites its own methods at a start; without this, only once
    if engine is not None:
        app.ctx.engine = engine
    channel = SidebarInput.from_credentials({"secret": SECRET, **credentials})
    register([channel], app, route="/webhooks/")
    server: Any = await app.create_server(
        host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
    )
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{server.server.sockets[0].getsockname()[1]}"
    finally:
        await server.before_stop()
        await server.close()
        await server.after_stop()


class Http:
    """JSON over HTTP against one server."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base + PATH

    async def raw(self, method: str, path: str, **options: Any) -> aiohttp.ClientResponse:
        answer = await self.session.request(method, self.base + path, **options)
        await answer.read()
        return answer

    async def post(self, path: str, data: Any, *, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        answer = await self.raw("POST", path, json=data, headers=headers or bearer())
        return answer.status, await answer.json()

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        answer = await self.raw("GET", path, headers=headers)
        return answer.status, await answer.json()


@pytest_asyncio.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest_asyncio.fixture
async def http(engine: FakeEngine) -> AsyncIterator[Http]:
    async with running(engine) as base, aiohttp.ClientSession() as session:
        yield Http(session, base)


@pytest_asyncio.fixture
async def demo(engine: FakeEngine) -> AsyncIterator[Http]:
    async with running(engine, demo=True) as base, aiohttp.ClientSession() as session:
        yield Http(session, base)


class Agent(socketio.AsyncClient):  # type: ignore[misc]
    """A sidebar's socket that keeps what it was sent.

    It polls: this client's WebSocket wants a newer aiohttp than Rasa allows.
    """

    def __init__(self) -> None:
        super().__init__(reconnection=False)
        self.got: list[tuple[str, Any]] = []
        self._new = asyncio.Event()
        for name in ("card", "reply_review", "message"):
            self.on(name, self._keep(name))

    def _keep(self, name: str) -> Callable[[Any], Awaitable[None]]:
        async def keep(data: Any) -> None:
            self.got.append((name, data))
            self._new.set()

        return keep

    async def wait_for(self, count: int) -> list[str]:
        async def enough() -> None:
            while len(self.got) < count:
                self._new.clear()
                await self._new.wait()

        await asyncio.wait_for(enough(), 5)
        return [name for name, _ in self.got]


Connect = Callable[..., Awaitable[Agent]]


@pytest_asyncio.fixture
async def connect(http: Http) -> AsyncIterator[Connect]:
    clients: list[Agent] = []

    async def make(auth: Any = ..., **headers: str) -> Agent:
        client = Agent()
        clients.append(client)
        await client.connect(
            http.base.removesuffix(PATH),
            socketio_path=f"{PATH}/socket.io",
            auth={"token": token()} if auth is ... else auth,
            transports=["polling"],
            headers=headers,
        )
        return client

    yield make
    for client in clients:
        await client.disconnect()


pytestmark = pytest.mark.asyncio


# HTTP ---------------------------------------------------------------------------------------------


async def test_health_needs_no_token(http: Http) -> None:
    assert await http.get("/") == (200, {"status": "ok"})


async def test_a_customer_line_is_answered_by_its_card(http: Http, engine: FakeEngine) -> None:
    line = {**LINE, "text": "  我的手机又断线了 ", "message_id": "m-1", "customer_id": "u1", "at": "2024-05-01T09:00:00Z"}
    status, card = await http.post("/messages", line)
    assert (status, card["schema"], card["message_id"]) == (200, 1, "m-1")
    assert card["analysis"]["intent"]["name"] == "report_fault"
    name, given = engine.calls[-1]
    assert name == "customer_line"
    assert given == {k: line[k] for k in ("text", "message_id", "customer_id", "at")}, "untouched, spaces and all"


async def test_an_agent_line_is_answered_by_its_review_in_the_agents_name(http: Http, engine: FakeEngine) -> None:
    await http.post("/messages", LINE)
    status, answer = await http.post("/messages", {**REPLY, "suggestion_id": "m1-s1", "agent_id": "somebody-else"})
    assert status == 200
    assert list(answer) == ["reply_review"]
    assert answer["reply_review"]["steps"] == ["accept", "calm"]
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


async def test_a_personality_set_by_hand_makes_a_new_card(http: Http) -> None:
    await http.post("/messages", LINE)
    status, card = await http.post("/personality", {"conversation_id": "c1", "personality": "driver"})
    assert status == 200
    assert card["analysis"]["personality"]["type"] == "driver"
    assert card["analysis"]["personality"]["source"] == "agent"


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
    path = "/conversations/%E9%97%A8%E5%BA%97%2F%E4%B8%89%E5%8F%B7%20%E5%8F%B0"
    answer = await http.raw("GET", path, headers=bearer(name))
    assert answer.status in (200, 404), "aiohttp or a proxy may fold the slash"


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


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1]", b'"text"', b"null", b"[" * 100_000], ids=lambda b: b[:4].hex())
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
async def test_every_route_but_health_wants_a_valid_token(http: Http, engine: FakeEngine, header: dict[str, str]) -> None:
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


@pytest.mark.parametrize(("method", "path"), [("GET", "/messages"), ("PUT", "/drafts"), ("POST", "/"), ("DELETE", "/conversations/c1")])
async def test_a_wrong_method_is_405_in_json(http: Http, method: str, path: str) -> None:
    answer = await http.raw(method, path, headers=bearer())
    assert answer.status == 405
    assert answer.headers["Allow"] in ("POST", "GET, HEAD")
    assert (await answer.json())["error"]["code"] == "method_not_allowed"


async def test_an_unavailable_store_is_503_and_a_fault_of_ours_500_without_a_word_of_why(
    http: Http, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    for error, status in ((StorageError("postgres://user:pw@db is down"), 503), (ZeroDivisionError("inner thing"), 500)):
        engine.fail_with = error
        answer = await http.raw("POST", "/messages", json=LINE, headers=bearer())
        body = await answer.text()
        assert answer.status == status
        assert not any(word in body for word in ("postgres", "inner", "Traceback", "ZeroDivision"))
        assert str(error) in caplog.text


async def test_before_a_model_is_loaded_it_is_503() -> None:
    async with running() as base, aiohttp.ClientSession() as session:
        status, answer = await Http(session, base).post("/messages", LINE)
    assert (status, answer["error"]["code"]) == (503, "unavailable")


async def test_answers_are_neither_sniffed_nor_kept(http: Http) -> None:
    answer = await http.raw("POST", "/messages", json=LINE, headers=bearer())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "断线" not in json.dumps(dict(answer.headers))


# Socket.IO ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, {"token": 7}, {"token": "x.y.z"}, {"token": token(ttl=0.001)}, "x"])
async def test_a_socket_without_a_valid_token_is_refused(connect: Connect, auth: Any) -> None:
    await asyncio.sleep(0.01)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect(auth)


async def test_a_socket_opened_by_a_foreign_site_is_refused(connect: Connect) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await connect(Origin="https://evil.example")


async def test_the_same_conversation_over_a_bare_websocket(http: Http) -> None:
    address = f"{http.base}/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.session.ws_connect(address, origin="https://evil.example")
    async with http.session.ws_connect(address) as wire:
        assert (await wire.receive_str(timeout=5)).startswith("0{")
        await wire.send_str("40" + json.dumps({"token": token()}))
        assert (await wire.receive_str(timeout=5)).startswith("40{")
        await wire.send_str('421["join",{"conversation_id":"c1"}]')
        assert await wire.receive_str(timeout=5) == '431[{"messages":[],"cards":[]}]'
        _, card = await http.post("/messages", LINE)
        assert json.loads((await wire.receive_str(timeout=5))[2:])[0] == "message"
        assert json.loads((await wire.receive_str(timeout=5))[2:]) == ["card", card]
    async with http.session.ws_connect(address) as wire:
        await wire.receive_str(timeout=5)
        await wire.send_str('40{"token":"forged"}')
        assert (await wire.receive_str(timeout=5)).startswith("44{")


async def test_joining_brings_the_history_and_every_line_from_then_on(http: Http, connect: Connect) -> None:
    agent = await connect()
    assert await agent.call("join", {"conversation_id": "c1"}) == {"messages": [], "cards": []}
    _, card = await http.post("/messages", LINE)
    await http.post("/messages", REPLY)
    assert await agent.wait_for(4) == ["message", "card", "message", "reply_review"]
    line = agent.got[0][1]
    assert (line["conversation_id"], line["message_id"], line["sender"]) == ("c1", card["message_id"], "customer")
    assert agent.got[1][1] == card
    assert agent.got[3][1]["reply_review"]["message_id"] == agent.got[2][1]["message_id"]
    again = await connect()
    history = await again.call("join", {"conversation_id": "c1", "after_seq": 1})
    assert [m["sender"] for m in history["messages"]] == ["agent"]


async def test_two_agents_in_a_room_see_each_others_lines_and_a_third_elsewhere_does_not(connect: Connect) -> None:
    first, second = await connect(), await connect({"token": token("c1", subject="a-8")})
    third = await connect({"token": token("c2")})
    for client, name in ((first, "c1"), (second, "c1"), (third, "c2")):
        await client.call("join", {"conversation_id": name})
    card = await first.call("message", LINE)
    await second.call("message", REPLY)
    for client in (first, second):
        assert await client.wait_for(4) == ["message", "card", "message", "reply_review"]
        assert client.got[1][1] == card
    assert (await third.call("message", {**LINE, "conversation_id": "c2"}))["schema"] == 1
    await third.wait_for(2)
    assert {data["conversation_id"] for _, data in third.got} == {"c2"}


async def test_every_socket_event_answers_as_its_route_does(http: Http, connect: Connect, engine: FakeEngine) -> None:
    agent = await connect()
    await agent.call("message", LINE)
    assert list(await agent.call("message", REPLY)) == ["reply_review"]
    draft = {"conversation_id": "c1", "text": "这不可能"}
    assert await agent.call("draft", draft) == (await http.post("/drafts", draft))[1]
    given = {"conversation_id": "c1", "suggestion_id": "m1-s1", "kind": "used"}
    assert await agent.call("feedback", given) == {"counted": True}
    assert await http.post("/feedback", given) == (200, {"counted": False})
    card = await agent.call("personality", {"conversation_id": "c1", "personality": "amiable"})
    assert card["analysis"]["personality"]["type"] == "amiable"


async def test_socket_errors_are_acknowledged_with_their_status(connect: Connect, engine: FakeEngine) -> None:
    agent = await connect()

    async def refused(event: str, payload: Any) -> tuple[int, str | None]:
        error = (await agent.call(event, payload))["error"]
        return error["status"], error.get("field")

    assert await refused("join", {"conversation_id": "c2"}) == (403, None)
    assert await refused("message", {**LINE, "conversation_id": "c2"}) == (403, None)
    assert await refused("join", None) == (400, "body")
    assert await refused("join", {"conversation_id": "c1", "after_seq": "1"}) == (400, "after_seq")
    assert await refused("message", {**LINE, "text": " "}) == (400, "text")
    assert await refused("draft", {**LINE, "text": "长" * 10_001}) == (413, "text")
    assert await refused("message", "hello") == (400, "body")
    assert await refused("personality", {"conversation_id": "c1", "personality": "driver"}) == (404, None)
    engine.fail_with = StorageError("down")
    assert await refused("join", {"conversation_id": "c1"}) == (503, None)


async def test_a_refused_join_does_not_listen_in(http: Http, connect: Connect) -> None:
    spy = await connect()
    await spy.call("join", {"conversation_id": "c2"})
    await http.post("/messages", {**LINE, "conversation_id": "c2"}, headers=bearer("c2"))
    await spy.call("draft", {"conversation_id": "c1", "text": "好"})
    assert spy.got == []


async def test_a_socket_ends_with_its_token(http: Http, connect: Connect) -> None:
    agent = await connect({"token": token(ttl=0.4)})
    await agent.call("join", {"conversation_id": "c1"})
    await asyncio.wait_for(agent.wait(), 5)
    assert not agent.connected
    await http.post("/messages", LINE)
    assert agent.got == []


async def test_a_line_is_finished_though_its_sender_hangs_up(http: Http, connect: Connect, engine: FakeEngine) -> None:
    watcher = await connect()
    await watcher.call("join", {"conversation_id": "c1"})
    started, go_on = asyncio.Event(), asyncio.Event()
    whole = engine.customer_line

    async def slow(conversation_id: str, text: str, **options: Any) -> dict[str, Any]:
        started.set()
        await go_on.wait()
        return await whole(conversation_id, text, **options)

    engine.customer_line = slow  # type: ignore[method-assign]
    sending = asyncio.ensure_future(http.post("/messages", LINE))
    await started.wait()
    sending.cancel()
    await asyncio.sleep(0.1)
    go_on.set()
    assert await watcher.wait_for(2) == ["message", "card"]


# The page and its files ---------------------------------------------------------------------------


async def test_without_demo_there_is_neither_page_nor_token_but_the_widget(http: Http) -> None:
    for path in ("/page", "/demo-token", "/static/index.html", "/static/desk.js"):
        assert (await http.raw("GET", path)).status == 404
    for path in ("/static/service-assist.js", "/static/style.css", "/static/vendor/socket.io.min.js"):
        assert (await http.raw("GET", path)).status == 200


async def test_the_page_runs_no_inline_code_and_loads_nothing_from_elsewhere(demo: Http) -> None:
    answer = await demo.raw("GET", "/page")
    policy = answer.headers["Content-Security-Policy"]
    page = await answer.text()
    assert answer.status == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not any(word in page for word in ("http:", "https:", "//", "style=", "onclick", "<script>"))


async def test_files_have_a_type_and_are_revalidated(demo: Http) -> None:
    types = {"index.html": "text/html", "desk.js": "text/javascript", "style.css": "text/css", "names.json": "application/json"}
    for name, kind in types.items():
        answer = await demo.raw("GET", f"/static/{name}")
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = (await demo.raw("GET", "/static/desk.js")).headers["ETag"]
    assert (await demo.raw("GET", "/static/desk.js", headers={"If-None-Match": tag})).status == 304


@pytest.mark.parametrize("name", ["../auth.py", "..%2fauth.py", "%2e%2e/auth.py", "vendor", "", "vendor/../../sidebar.py", "%00"])
async def test_only_files_of_the_widget_are_served(demo: Http, name: str) -> None:
    assert (await demo.raw("GET", f"/static/{name}")).status == 404


async def test_the_demo_token_opens_one_demo_conversation(demo: Http) -> None:
    status, given = await demo.get("/demo-token?conversation=demo-42")
    assert (status, given["conversation_id"]) == (200, "demo-42")
    header = {"Authorization": f"Bearer {given['token']}"}
    assert (await demo.post("/messages", {**LINE, "conversation_id": "demo-42"}, headers=header))[0] == 200
    assert (await demo.post("/messages", LINE, headers=header))[0] == 403
    _, fresh = await demo.get("/demo-token")
    assert fresh["conversation_id"].startswith("demo-")
    for name in ("c1", "*", "demo-", "demo-" + "x" * 90):
        assert (await demo.get(f"/demo-token?conversation={name}"))[0] == 400


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=10.0.0.1"},
        {"X-Real-IP": "10.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
    ],
)
async def test_the_demo_token_is_not_for_proxies_other_sites_or_other_names(demo: Http, header: dict[str, str]) -> None:
    assert (await demo.get("/demo-token", **header))[0] == 403


async def test_listed_origins_may_open_the_socket_and_frame_the_page(engine: FakeEngine) -> None:
    allowed = "https://crm.example.com"
    async with running(engine, demo=True, cors=[allowed]) as base, aiohttp.ClientSession() as session:
        page = await session.get(f"{base}{PATH}/page")
        assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {allowed}")
        for origin, status in ((allowed, 200), ("https://evil.example", 400), (base, 200)):
            address = f"{base}{PATH}/socket.io/?EIO=4&transport=polling"
            answer = await session.get(address, headers={"Origin": origin})
            assert answer.status == status, origin


# Credentials --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        (None, "secret"),
        ({}, "secret"),
        ({"secret": ""}, "secret"),
        ({"secret": 12345678901234567890123456789012}, "secret"),
        ({"secret": "${ASSIST_SECRET_THAT_NOBODY_SET_ANYWHERE}"}, "secret"),
        ({"secret": "short"}, "32 bytes"),
        ({"secret": SECRET, "demo": "perhaps"}, "demo"),
        ({"secret": SECRET, "cors": ["crm.example.com"]}, "cors"),
        ({"secret": SECRET, "cors": ["https://a.example; script-src *"]}, "cors"),
        ({"secret": SECRET, "cors": 7}, "cors"),
    ],
)
async def test_bad_credentials_refuse_to_start(credentials: dict[str, Any] | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        SidebarInput.from_credentials(credentials)
    assert isinstance(caught.value, RasaException), "rasa run prints those without a traceback"
    if credentials and credentials.get("secret") == "short":
        assert "short" not in str(caught.value).replace("too short", "")


@pytest.mark.parametrize("word", ["true", "True", "1", True])
async def test_demo_may_come_as_a_word_from_the_environment(engine: FakeEngine, word: object) -> None:
    async with running(engine, demo=word, cors="") as base, aiohttp.ClientSession() as session:
        assert (await session.get(f"{base}{PATH}/page")).status == 200


async def test_the_widget_folder_is_complete() -> None:
    folder = Path(__file__).parents[2] / "bot" / "widget"
    assert "MIT" in (folder / "vendor" / "socket.io.LICENSE.txt").read_text(encoding="utf-8")
