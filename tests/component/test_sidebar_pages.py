"""The widget's files, the demo desk with its token, and the channel's credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fake_engine import FakeEngine
from rasa.shared.exceptions import RasaException
from sidebar_server import LINE, PATH, SECRET, Http, talking

from bot.channels.errors import ConfigError
from bot.channels.sidebar import SidebarInput

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest_asyncio.fixture
async def http(engine: FakeEngine) -> AsyncIterator[Http]:
    async with talking(engine) as client:
        yield client


@pytest_asyncio.fixture
async def demo(engine: FakeEngine) -> AsyncIterator[Http]:
    async with talking(engine, demo=True) as client:
        yield client


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
    types = {
        "index.html": "text/html",
        "desk.js": "text/javascript",
        "style.css": "text/css",
        "names.json": "application/json",
    }
    for name, kind in types.items():
        answer = await demo.raw("GET", f"/static/{name}")
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = (await demo.raw("GET", "/static/desk.js")).headers["ETag"]
    assert (await demo.raw("GET", "/static/desk.js", headers={"If-None-Match": tag})).status == 304


@pytest.mark.parametrize(
    "name", ["../auth.py", "..%2fauth.py", "%2e%2e/auth.py", "vendor", "", "vendor/../../sidebar.py", "%00"]
)
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
async def test_the_demo_token_is_not_for_proxies_other_sites_or_other_names(
    demo: Http, header: dict[str, str]
) -> None:
    assert (await demo.get("/demo-token", **header))[0] == 403


async def test_listed_origins_may_open_the_socket_and_frame_the_page(engine: FakeEngine) -> None:
    allowed = "https://crm.example.com"
    async with talking(engine, demo=True, cors=[allowed]) as http:
        page = await http.raw("GET", "/page")
        assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {allowed}")
        for origin, status in (
            (allowed, 200),
            ("https://evil.example", 400),
            (http.base.removesuffix(PATH), 200),
        ):
            path = "/socket.io/?EIO=4&transport=polling"
            answer = await http.raw("GET", path, headers={"Origin": origin})
            assert answer.status == status, origin
            if status == 200:
                assert answer.headers.getall("Access-Control-Allow-Origin") == [origin]
        module = await http.raw("GET", "/static/service-assist.js", headers={"Origin": allowed})
        assert module.headers.getall("Access-Control-Allow-Origin") == ["*"]


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
    async with talking(engine, demo=word, cors="") as http:
        assert (await http.raw("GET", "/page")).status == 200


async def test_the_widget_folder_is_complete() -> None:
    folder = Path(__file__).parents[2] / "bot" / "widget"
    assert "MIT" in (folder / "vendor" / "socket.io.LICENSE.txt").read_text(encoding="utf-8")
