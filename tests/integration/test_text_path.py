"""Whatever is typed, the text path gives a card or a named error, and offsets that hold."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import InputError

pytestmark = pytest.mark.slow
SERVICE_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "我你您的了吗呢不没退款快递三天十二块元!！?？。，、…～ 　[]{}@#%13800138000abcXYZ\n\t😀👌🏻妳們訂單"
        ),
        st.characters(),
    ),
    min_size=1,
    max_size=300,
)
_ids = itertools.count()


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=SERVICE_TEXT)
def test_any_text_gives_a_card_with_true_offsets(engine: Any, text: str) -> None:
    conversation = f"h{next(_ids)}"
    loop = asyncio.new_event_loop()
    try:
        card = loop.run_until_complete(engine.customer_line(conversation, text))
    except InputError as error:
        assert error.field == "text" and not text.strip()
        return
    finally:
        loop.close()
    json.dumps(card)
    assert 1 <= len(card["suggestions"]) <= 3
    spans = [*card["analysis"]["entities"], *card["analysis"]["risk"]["reasons"]]
    spans += card["analysis"]["personality"]["evidence"]
    for span in spans:
        assert 0 <= span["start"] < span["end"] <= len(text)
        assert text[span["start"] : span["end"]] == span["text"]


async def test_offsets_count_code_points_of_the_original(say: Any) -> None:
    text = "　　😡你們再不退我３００塊，我就去１２３１５投訴！！！！！"
    card = await say(text)
    assert card["analysis"]["language"] == "zh-Hant"
    reasons = card["analysis"]["risk"]["reasons"]
    assert reasons and all(text[r["start"] : r["end"]] == r["text"] for r in reasons)
    assert any("１２３１５" in r["text"] for r in reasons)
    assert all(ord(c) < 0x10000 for s in card["suggestions"] for c in s["text"])


async def test_a_traditional_customer_gets_traditional_replies(say: Any) -> None:
    card = await say("請問我的訂單什麼時候會發貨？等了三天還沒動靜")
    joined = "".join(s["text"] for s in card["suggestions"])
    assert any(c in joined for c in "這麼為們說還對現問會")


async def test_personal_numbers_never_reach_the_disk(engine: Any, tmp_path: Any) -> None:
    await engine.customer_line(
        "c1", "我手机13812345678，身份证110101199003074514，卡号6222021234567894，快查"
    )
    await engine.agent_line("c1", "好的，13812345678 对吗？")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("assist.db"))
    assert b"13812345678" not in raw and b"110101199003074514" not in raw


@pytest.mark.parametrize("text", ["/restart", "/request_refund", '/greet{"order": "1"}', "/退款"])
async def test_a_leading_slash_is_text_and_no_command(say: Any, text: str) -> None:
    await say("你好")
    card = await say(text)
    assert card["suggestions"] and card["analysis"]["intent"]["confidence"] < 1
