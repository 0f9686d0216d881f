"""The files of the widget, and the demo desk with its token."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.auth import issue_token
from bot.channels.errors import ForbiddenError
from bot.channels.handlers import JsonObject
from bot.core.errors import InputError
from bot.knowledge.reader import CONTENT_DIR
from bot.knowledge.yaml_lines import load

WIDGET_DIR: Final = Path(__file__).resolve().parent.parent / "widget"
DEMO_PREFIX: Final = "demo-"
DEMO_AGENT: Final = "demo-agent"
DEMO_TTL_S: Final = 1800
_DEMO_ONLY: Final = frozenset({"index.html", "desk.js"})
_DEMO_ID: Final = re.compile(r"demo-[A-Za-z0-9_-]{1,60}")
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_PROXY_HEADERS: Final = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")


class Pages:
    """Serves a fixed list of files; a path from a request is only ever looked up in it."""

    def __init__(self, *, demo: bool, origins: Sequence[str]) -> None:
        self._files = {
            path.relative_to(WIDGET_DIR).as_posix(): path
            for path in sorted(WIDGET_DIR.rglob("*"))
            if path.suffix in _TYPES and (demo or path.name not in _DEMO_ONLY)
        }
        ancestors = " ".join(["'self'", *origins])
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                f"frame-ancestors {ancestors}"
            ),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }

    def file(self, request: Request, name: str) -> HTTPResponse | None:
        """One file of the widget, 304 when the browser has it, None when there is no such file."""
        path = self._files.get(name)
        if path is None:
            return None
        own_cors(request)
        body = path.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = {**self._headers, "ETag": tag}
        # A custom element is loaded across origins as a module; the files are public anyway.
        headers["Access-Control-Allow-Origin"] = "*"
        if request.headers.get("if-none-match") == tag:
            return HTTPResponse(status=304, headers=headers)
        return HTTPResponse(body, headers=headers, content_type=_TYPES[path.suffix])


def own_cors(request: Request) -> None:
    """Keep Rasa's Sanic-CORS (``rasa run --cors``) off an answer that names its origins itself.

    A second ``Access-Control-Allow-Origin`` would make browsers refuse the answer.
    """
    request.ctx._sanic_cors_e = "1"  # the mark Sanic-CORS leaves on a request it has dealt with


def display_names() -> JsonObject:
    """``{names, principles}``: the Chinese names of all labels, for the widget."""
    return dict(load(CONTENT_DIR / "names.yml"))


def demo_token(secret: str, request: Request) -> JsonObject:
    """A token for one demo conversation (``?conversation=demo-…``, or a fresh one).

    Raises:
        ForbiddenError: the request does not come straight from this computer.
        InputError: not the name of a demo conversation.
    """
    if not is_local(request):
        raise ForbiddenError("the demo is only for a browser on this computer")
    conversation_id = request.args.get("conversation") or DEMO_PREFIX + secrets.token_hex(6)
    if not _DEMO_ID.fullmatch(conversation_id):
        raise InputError("conversation", f"must start with {DEMO_PREFIX} and be letters, digits, - and _")
    token = issue_token(
        secret,
        subject=DEMO_AGENT,
        role="agent",
        conversations=[conversation_id],
        ttl_s=DEMO_TTL_S,
        now=time.time(),
    )
    return {
        "token": token,
        "conversation_id": conversation_id,
        "agent_id": DEMO_AGENT,
        "expires_in": DEMO_TTL_S,
    }


def is_local(request: Request) -> bool:
    """Whether a request comes from this computer itself.

    Not through a proxy on it, not from another site open in its browser (``Origin``), and not by a name
    that an attacker's DNS points at 127.0.0.1 (``Host``).
    """
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return False
    return _is_loopback(request.ip) and _is_loopback(urlsplit(f"//{host}").hostname or "")


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
