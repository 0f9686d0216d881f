"""The demo page in a real browser against the real server and model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{server}/page")
    yield tab
    assert errors == []
    tab.close()


def say(page: Any, text: str) -> None:
    box = page.get_by_label("以客户身份说")
    box.fill(text)
    box.press("Enter")


def test_a_message_shows_a_card_and_a_key_takes_a_reply(page: Any) -> None:
    say(page, "排了二十多分钟了，你们到底有没有人管！")
    page.get_by_label("建议 1").get_by_text("二十多分钟").first.wait_for(timeout=20_000)
    assert page.locator(".suggestion").count() == 3
    for word in ("愤怒", "接受投诉", "平息怨气", "探索"):
        assert page.get_by_text(word).first.is_visible()

    page.locator("h1").first.click()
    page.keyboard.press("1")
    reply = page.get_by_label("回复客户")
    taken = reply.input_value()
    assert len(taken) >= 12
    reply.press("Enter")
    log = page.get_by_role("log")
    log.get_by_text(taken).wait_for(timeout=20_000)
    assert reply.input_value() == ""


def test_a_draft_is_checked_while_typing(page: Any) -> None:
    say(page, "快递三天没动静了")
    page.locator(".suggestion").first.wait_for(timeout=20_000)
    page.get_by_label("回复客户").fill("这不关我的事，您去问快递公司。")
    page.get_by_label("用词提醒").get_by_role("listitem").first.wait_for(timeout=10_000)
    assert "不关我的事" in page.get_by_label("用词提醒").inner_text()


def test_markup_in_a_message_is_shown_as_text(page: Any) -> None:
    say(page, "<img src=x onerror=\"document.title='owned'\"><b>退款</b>")
    page.get_by_role("log").get_by_text("<b>退款</b>").wait_for(timeout=20_000)
    assert page.title() != "owned"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_nothing_overflows_sideways(browser: Any, server: str, width: int, scheme: str) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab.goto(f"{server}/page")
    say(tab, "你们话费给我算错了！我自己算200多，账单出来500多，不给个说法我就去消协！")
    tab.get_by_role("log").get_by_text("消协").wait_for(timeout=20_000)
    tab.get_by_text("接受投诉").first.wait_for(timeout=20_000)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.close()
