"""The live part of the sidebar: one Socket.IO server with a room for each conversation."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from bot.channels.auth import Identity, verify_token
from bot.channels.errors import AuthError, problem_of
from bot.channels.handlers import Engine, JsonObject, Outcome, admit, perform

MAX_BODY: Final = 256 * 1024
"""10,000 characters of text need at most 120 KB of JSON."""
HANG_UP_S: Final = 0.2
"""Time for the reason of a refusal to be sent before its connection is closed."""
SOCKET_EVENTS: Final = ("message", "draft", "feedback", "personality")

_T = TypeVar("_T")


def room_of(conversation_id: str) -> str:
    """Room name; prefixed, because every socket's own id is a room name too."""
    return f"conversation:{conversation_id}"


class Desk:
    """Carries out requests of both surfaces and pushes what comes of them to the conversation's room."""

    def __init__(self, secret: str, origins: Sequence[str], engine: Callable[[], Engine]) -> None:
        self._secret = secret
        self._origins = frozenset(origins)
        self._engine = engine
        self._identities: dict[str, Identity] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._running: set[asyncio.Future[Any]] = set()
        self.sio = AsyncServer(
            async_mode="sanic", cors_allowed_origins=self._accepts, max_http_buffer_size=MAX_BODY
        )
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("join", self._join)
        for event in SOCKET_EVENTS:
            self.sio.on(event, self._listener(event))

    def identify(self, token: object) -> Identity:
        """Who a token speaks for now. Raises :class:`AuthError`."""
        if not isinstance(token, str):
            raise AuthError()
        return verify_token(self._secret, token, time.time())

    async def run(self, action: str, identity: Identity, payload: object) -> Outcome:
        """Perform a request and push its results.

        Finished even when the caller hangs up meanwhile: half a recorded line helps nobody.
        """
        return await asyncio.shield(self._start(self._run(action, identity, payload)))

    async def close(self) -> None:
        """End the background work of the Socket.IO server."""
        await self.sio.shutdown()

    def _start(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """A task that is kept alive: the loop itself holds tasks only weakly."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, action: str, identity: Identity, payload: object) -> Outcome:
        outcome = await perform(action, self._engine(), identity, payload)
        for event, data in outcome.pushes:
            await self.sio.emit(event, data, room=room_of(outcome.conversation_id))
        return outcome

    def _accepts(self, origin: str, environ: dict[str, Any]) -> bool:
        """Same host, or an origin of the credentials file."""
        if "*" in self._origins or origin in self._origins:
            return True
        return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == environ.get("HTTP_HOST")

    async def _connect(self, sid: str, _: dict[str, Any], auth: object = None) -> None:
        try:
            identity = self.identify(auth.get("token") if isinstance(auth, dict) else None)
        except AuthError as error:
            self._hang_up_later(sid)
            raise SocketRefused({"code": "unauthorized", "message": str(error), "status": 401}) from None
        self._identities[sid] = identity
        loop = asyncio.get_running_loop()
        self._expiries[sid] = loop.call_later(identity.expires_at - time.time(), self._expire, sid)

    async def _disconnect(self, sid: str, *_: object) -> None:
        self._identities.pop(sid, None)
        expiry = self._expiries.pop(sid, None)
        if expiry is not None:
            expiry.cancel()

    def _expire(self, sid: str) -> None:
        """A socket lives no longer than its token, or it would go on receiving customers' lines."""
        self._hang_up_later(sid)
        self._start(self.sio.disconnect(sid))

    def _hang_up_later(self, sid: str) -> None:
        """Close the connection below a refused socket, which would otherwise stay open unused for ever."""
        connection = self.sio.manager.eio_sid_from_sid(sid, "/")

        async def hang_up() -> None:
            await asyncio.sleep(HANG_UP_S)
            # Waits until the client has fetched what is queued for it, which it may never do.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.sio.eio.disconnect(connection), 10)

        if connection is not None:
            self._start(hang_up())

    def _caller(self, sid: str) -> Identity:
        identity = self._identities.get(sid)
        if identity is None or identity.expires_at <= time.time():
            raise AuthError()
        return identity

    async def _join(self, sid: str, payload: object = None, *_: object) -> JsonObject:
        """Enter the room first, read the history second: a line twice can be told, a line lost cannot."""
        room = None
        try:
            identity = self._caller(sid)
            conversation_id, _fields = admit(identity, payload)
            room = room_of(conversation_id)
            await self.sio.enter_room(sid, room)
            return (await self.run("join", identity, payload)).body
        except Exception as error:  # noqa: BLE001 - the border of the program
            if room is not None:
                await self.sio.leave_room(sid, room)
            return problem_of(error).body(with_status=True)

    def _listener(self, action: str) -> Callable[..., Any]:
        async def listen(sid: str, payload: object = None, *_: object) -> JsonObject:
            try:
                return (await self.run(action, self._caller(sid), payload)).body
            except Exception as error:  # noqa: BLE001 - the border of the program
                return problem_of(error).body(with_status=True)

        return listen
