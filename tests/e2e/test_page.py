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


def test_a_typed_message_shows_a_card_and_a_key_takes_a_reply(page: Any) -> None:
    page.get_by_label("客户").first.fill("排了二十多分钟了，你们到底有没有人管！")
    page.keyboard.press("Enter")
    card = page.locator("service-assist")
    card.get_by_text("接受投诉").first.wait_for(timeout=20_000)
    assert "愤怒" in card.inner_text() or "失望" in card.inner_text() or "焦急" in card.inner_text()
