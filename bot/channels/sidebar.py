"""The sidebar channel: HTTP and Socket.IO between the agent's surfaces and the assistant.

It translates and decides nothing. Rasa mounts it at ``/webhooks/sidebar``::

    bot.channels.sidebar.SidebarInput:
      secret: ${ASSIST_SECRET}
      demo: false
      cors: []          # origins that may open the socket and frame the page
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.auth import Identity, check_secret
from bot.channels.engine_access import engine_of, warm_up
from bot.channels.errors import ConfigError, Problem, TooLongError, problem_of
from bot.channels.handlers import JsonObject
from bot.channels.sidebar_desk import MAX_BODY, Desk
from bot.channels.sidebar_pages import Pages, demo_token, display_names, own_cors
from bot.core.errors import InputError

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
_NOT_FOUND: Final = Problem(404, "not_found", "no such page")
_Handler = Callable[..., Awaitable[HTTPResponse]]


class CredentialsError(ConfigError, RasaException):
    """Refusal to start; ``rasa run`` prints a RasaException without a traceback."""


class _SidebarBlueprint(Blueprint):
    """Tells its Sanic app to speak WebSocket, and tells ``on_app`` which app that is."""

    def __init__(self, name: str, on_app: Callable[[Sanic], None]) -> None:
        super().__init__(name)
        self.ctx.on_app = on_app

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        app.enable_websocket()
        self.ctx.on_app(app)
        super().register(app, options)


class SidebarInput(InputChannel):
    """Rasa input channel ``sidebar``."""

    @classmethod
    def name(cls) -> str:
        """Last part of the mount point."""
        return "sidebar"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> SidebarInput:
        """Read the channel's section of the credentials file. Raises :class:`CredentialsError`."""
        given = credentials or {}
        return cls(given.get("secret"), demo=_switch(given.get("demo")), cors=_origins(given.get("cors")))

    def __init__(self, secret: object, *, demo: bool = False, cors: Sequence[str] = ()) -> None:
        if not isinstance(secret, str) or not secret.strip() or "${" in secret:
            raise CredentialsError("sidebar: 'secret' is missing; set it, best to ${ASSIST_SECRET}")
        try:
            self._secret = check_secret(secret)
        except ConfigError as error:
            raise CredentialsError(f"sidebar: {error}") from error
        self._demo = demo
        self._cors = tuple(cors)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """All routes. ``on_new_message`` is not used: the engine answers with cards, not bot messages."""
        apps: list[Sanic] = []
        desk = Desk(self._secret, self._cors, lambda: engine_of(apps[-1]))
        blueprint = _SidebarBlueprint("sidebar_webhook", apps.append)
        _add_api(blueprint, desk)
        _add_pages(blueprint, Pages(demo=self._demo, origins=self._cors))
        if self._demo:
            _add_demo_token(blueprint, self._secret)

        @blueprint.route("/socket.io", methods=["GET", "POST", "OPTIONS"])
        async def socket(request: Request) -> HTTPResponse:
            own_cors(request)
            return cast(HTTPResponse, await desk.sio.handle_request(request))

        @blueprint.listener("after_server_start")
        async def prepare(app: Sanic, *_: object) -> None:
            await warm_up(app)

        @blueprint.listener("before_server_stop")
        async def close(*_: object) -> None:
            await desk.close()

        return blueprint


def _add_api(blueprint: Blueprint, desk: Desk) -> None:
    def identity(request: Request) -> Identity:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return desk.identify(token.strip() if scheme.lower() == "bearer" else None)

    def post(path: str, action: str) -> None:
        async def handle(request: Request) -> HTTPResponse:
            caller = identity(request)
            return _json((await desk.run(action, caller, _body(request))).body)

        _route(blueprint, path, "POST", handle, name=action)

    for path, action in (("message", "message"), ("draft", "draft")):
        post(f"/{path}s", action)
    post("/feedback", "feedback")
    post("/personality", "personality")

    async def history(request: Request, conversation_id: str) -> HTTPResponse:
        caller = identity(request)
        payload = {"conversation_id": conversation_id, "after_seq": _after(request)}
        return _json((await desk.run("history", caller, payload)).body)

    async def health(_: Request) -> HTTPResponse:
        return _json({"status": "ok"})

    _route(blueprint, "/conversations/<conversation_id:str>", "GET", history, name="history", unquote=True)
    _route(blueprint, "/", "GET", health, name="health")


def _add_pages(blueprint: Blueprint, pages: Pages) -> None:
    names = display_names()

    async def static(request: Request, name: str) -> HTTPResponse:
        if name == "names.json":
            return _json(names)
        return pages.file(request, name) or _error(_NOT_FOUND)

    async def page(request: Request) -> HTTPResponse:
        return pages.file(request, "index.html") or _error(_NOT_FOUND)

    _route(blueprint, "/static/<name:path>", "GET", static, name="static")
    _route(blueprint, "/page", "GET", page, name="page", strict_slashes=True)


def _add_demo_token(blueprint: Blueprint, secret: str) -> None:
    async def token(request: Request) -> HTTPResponse:
        return _json(demo_token(secret, request))

    _route(blueprint, "/demo-token", "GET", token, name="demo_token")


def _route(blueprint: Blueprint, path: str, method: str, handler: _Handler, **options: Any) -> None:
    """Add a route whose errors, and whose other methods, answer with our JSON and not with Sanic's page."""
    allowed = ("GET", "HEAD") if method == "GET" else (method,)

    async def handle(request: Request, **parameters: Any) -> HTTPResponse:
        if request.method not in allowed:
            problem = Problem(405, "method_not_allowed", f"use {method}")
            return _error(problem, {"Allow": ", ".join(allowed)})
        try:
            return await handler(request, **parameters)
        except Exception as error:  # noqa: BLE001 - the border of the program
            return _error(problem_of(error))

    blueprint.add_route(handle, path, methods=METHODS, **options)


def _json(data: JsonObject, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    body = json.dumps(data, ensure_ascii=False)
    own = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return HTTPResponse(body, status=status, headers=own, content_type="application/json")


def _error(problem: Problem, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    extra = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    return _json(problem.body(), problem.status, {**extra, **(headers or {})})


def _body(request: Request) -> object:
    if len(request.body) > MAX_BODY:
        raise TooLongError("body", f"must have at most {MAX_BODY:,} bytes")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise InputError("body", "is not valid JSON") from None


def _after(request: Request) -> object:
    """The number of ``?after=``; what is no number is passed on for the handler to refuse."""
    value = request.args.get("after", "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else value


def _switch(value: object) -> bool:
    """A flag; from an environment variable it comes as a word."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word not in ("true", "1", "yes", "on", "false", "0", "no", "off", ""):
        raise CredentialsError("sidebar: 'demo' must be true or false")
    return word in ("true", "1", "yes", "on")


def _origins(value: object) -> tuple[str, ...]:
    """A list of origins, or one string with commas."""
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise CredentialsError("sidebar: 'cors' must be a list of origins")
    origins = tuple(item.strip().rstrip("/") for item in items if item.strip())
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise CredentialsError(f"sidebar: {origin!r} in 'cors' is no origin like https://crm.example.com")
    return origins
