"""A real Sanic server with the sidebar channel on loopback, mounted as Rasa mounts it, and clients of it."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import socketio
from rasa.core.channels.channel import register
from sanic import Sanic
from sanic_cors import CORS

from bot.channels.auth import issue_token
from bot.channels.sidebar import SidebarInput

SECRET = "component-test-secret-0123456789abcdef"
PATH = "/webhooks/sidebar"
LINE = {"conversation_id": "c1", "sender": "customer", "text": "我的手机又断线了"}
REPLY = {"conversation_id": "c1", "sender": "agent", "text": "对不起，这件事由我负责"}
_numbers = itertools.count()

if not hasattr(aiohttp, "ClientWSTimeout"):
    # python-socketio's client names a class of aiohttp 3.11; Rasa holds us at 3.9, where a number does.
    aiohttp.ClientWSTimeout = lambda ws_close: ws_close  # type: ignore[misc, assignment]


def token(*conversations: str, subject: str = "a-7", role: str = "agent", ttl: float = 60) -> str:
    return issue_token(
        SECRET, subject=subject, role=role, conversations=conversations or ["c1"], ttl_s=ttl, now=time.time()
    )


def bearer(*conversations: str, **options: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(*conversations, **options)}"}


@asynccontextmanager
async def running(engine: object = None, **credentials: Any) -> AsyncIterator[str]:
    """Base address of a server whose app carries this engine."""
    app = Sanic(f"sidebar-test-{next(_numbers)}", configure_logging=False)
    Sanic.test_mode = True  # it rewrites its own methods at a start; without this, only once
    CORS(app, resources={r"/*": {"origins": "*"}}, automatic_options=True)  # as `rasa run --cors "*"` does
    if engine is not None:
        app.ctx.engine = engine
    channel = SidebarInput.from_credentials({"secret": SECRET, **credentials})
    register([channel], app, route="/webhooks/")
    listener = socket.socket()  # bound here, because Sanic takes port 0 for its default
    listener.bind(("127.0.0.1", 0))
    server: Any = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
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


@asynccontextmanager
async def talking(engine: object, **credentials: Any) -> AsyncIterator[Http]:
    """An HTTP client of a fresh server."""
    async with running(engine, **credentials) as base, aiohttp.ClientSession() as session:
        yield Http(session, base)


class Agent(socketio.AsyncClient):  # type: ignore[misc]
    """A sidebar's socket that keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(reconnection=False)
        self.got: list[tuple[str, Any]] = []
        self._new = asyncio.Event()
        for name in ("card", "reply_review", "message", "personality"):
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


async def connected(http: Http, auth: Any = ..., **headers: str) -> Agent:
    """A socket that has been let in; the default token is for ``c1``."""
    agent = Agent()
    await agent.connect(
        http.base.removesuffix(PATH),
        socketio_path=f"{PATH}/socket.io",
        auth={"token": token()} if auth is ... else auth,
        transports=["websocket"],
        headers=headers,
    )
    return agent
