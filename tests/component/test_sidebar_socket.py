"""The sidebar channel over Socket.IO: rooms, acknowledgements, tokens that end, and who is kept out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import socketio
from fake_engine import FakeEngine
from sidebar_server import LINE, REPLY, Agent, Http, bearer, connected, talking, token

from bot.core.errors import StorageError

pytestmark = pytest.mark.asyncio
Connect = Callable[..., Awaitable[Agent]]


@pytest_asyncio.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest_asyncio.fixture
async def http(engine: FakeEngine) -> AsyncIterator[Http]:
    async with talking(engine) as client:
        yield client


@pytest_asyncio.fixture
async def connect(http: Http) -> AsyncIterator[Connect]:
    agents: list[Agent] = []

    async def make(auth: Any = ..., **headers: str) -> Agent:
        agents.append(await connected(http, auth, **headers))
        return agents[-1]

    yield make
    for agent in agents:
        await agent.disconnect()


@pytest.mark.parametrize(
    "auth", [None, {}, {"token": None}, {"token": 7}, {"token": "x.y.z"}, {"token": token(ttl=0.001)}, "x"]
)
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
    assert (line["conversation_id"], line["message_id"], line["sender"]) == (
        "c1",
        card["message_id"],
        "customer",
    )
    assert agent.got[1][1] == card
    assert agent.got[3][1]["reply_review"]["message_id"] == agent.got[2][1]["message_id"]
    again = await connect()
    history = await again.call("join", {"conversation_id": "c1", "after_seq": 1})
    assert [m["sender"] for m in history["messages"]] == ["agent"]


async def test_two_agents_in_a_room_see_each_others_lines_and_a_third_elsewhere_does_not(
    connect: Connect,
) -> None:
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


async def test_every_socket_event_answers_as_its_route_does(
    http: Http, connect: Connect, engine: FakeEngine
) -> None:
    agent = await connect()
    await agent.call("message", LINE)
    assert list(await agent.call("message", REPLY)) == ["reply_review"]
    draft = {"conversation_id": "c1", "text": "这不可能"}
    assert await agent.call("draft", draft) == (await http.post("/drafts", draft))[1]
    given = {"conversation_id": "c1", "suggestion_id": "m1-s1", "kind": "used"}
    assert await agent.call("feedback", given) == {"counted": True}
    assert await http.post("/feedback", given) == (200, {"counted": False})
    wanted = {"conversation_id": "c1", "personality": "amiable"}
    assert await agent.call("personality", wanted) == (await http.post("/personality", wanted))[1]


async def test_a_personality_set_by_one_agent_shows_at_the_others(http: Http, connect: Connect) -> None:
    first, second = await connect(), await connect()
    await second.call("join", {"conversation_id": "c1"})
    await first.call("message", LINE)
    view = await first.call("personality", {"conversation_id": "c1", "personality": "amiable"})
    assert view["type"] == "amiable"
    assert await second.wait_for(3) == ["message", "card", "personality"]
    assert second.got[2][1] == {"conversation_id": "c1", "personality": view}


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


async def test_a_line_is_finished_though_its_sender_hangs_up(
    http: Http, connect: Connect, engine: FakeEngine
) -> None:
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
