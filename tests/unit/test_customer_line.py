"""How a customer's line bears on the matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.conversation import Turn
from bot.core.customer_line import CustomerLine, read_customer_line, says_again
from bot.core.labels import EMOTIONS, INTENTS


def read(
    text: str, intent: str = "provide_info", feeling: str = "neutral", intensity: float = 0
) -> CustomerLine:
    return read_customer_line(Turn("customer", text, "m1", intent, feeling, intensity))


def test_grumbling_passes_and_anger_does_not() -> None:
    assert read("这步看不懂", feeling="confused", intensity=1).heat == 0
    assert read("气死人了", feeling="angry", intensity=3).heat == 2.5


def test_thanks_count_unless_they_are_manners() -> None:
    assert read("太谢谢你了", "thank_praise", "pleased", 2).thanks
    assert not read("帮我看看这个月账单对不对，谢谢", "request_contact").thanks
    assert not read("还没收到，谢谢", "ask_logistics").thanks
    assert not read("谢谢你们，让我白跑三趟", "complain_attitude", "angry", 2).thanks


def test_scoffing_is_no_pleasure() -> None:
    assert read("呵呵，你们可真会做生意", "thank_praise", "pleased", 1).level < 0


@pytest.mark.parametrize("text", ["网能用了", "钱到账了", "哦，看懂了", "原来这样"])
def test_the_customer_says_it_is_settled(text: str) -> None:
    assert read(text).solved


@pytest.mark.parametrize("text", ["网能用了吗", "还没到账", "没收到", "什么时候能修好了算完"])
def test_the_customer_does_not_say_it_is_settled(text: str) -> None:
    assert not read(text).solved


@pytest.mark.parametrize("text", ["重启了还是不亮", "登不上", "没反应", "还没处理"])
def test_the_matter_still_fails(text: str) -> None:
    assert read(text).fails


def test_giving_in_is_no_content() -> None:
    assert read("好的，明早见", "affirm").accepts
    assert not read("唉，只好这样", "affirm").accepts


def test_a_threat_needs_a_feeling() -> None:
    assert read("我找消协去", "threaten_escalation", "angry", 2).threatens
    assert not read("我找消协去", "threaten_escalation").threatens


def test_saying_again_is_saying_the_same_words() -> None:
    assert says_again("我的快递到底到哪里了", ["您好", "我的快递到哪里了"])
    assert not says_again("我的快递到哪里了", ["我的发票开好没有"])
    assert not says_again("好的", ["好的"]), "too short to tell"


@given(st.text(max_size=200), st.sampled_from(INTENTS), st.sampled_from(EMOTIONS), st.floats(0, 3))
def test_any_line_is_read(text: str, intent: str, feeling: str, intensity: float) -> None:
    line = read(text, intent, feeling, intensity)
    assert -3 <= line.level <= 3 and 0 <= line.heat <= 2.5
    assert not (line.thanks and line.fails)
