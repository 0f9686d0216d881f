"""The notes on how the matter goes: what is kept of each line, and that they stay small."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bootstrap
from bot.core import course
from bot.core.content import Content
from bot.core.conversation import ConversationState, Turn
from bot.core.moments import PRICES
from bot.services.review import record_agent_line

ANGRY = ("complain_delay", "angry", 2.0)
CALM = ("provide_info", "neutral", 0.0)
HAPPY = ("thank_praise", "pleased", 1.0)


@pytest.fixture(scope="module")
def content() -> Content:
    return bootstrap.content()


def customer(state: ConversationState, text: str, reading: tuple[str, str, float] = CALM) -> None:
    state.add_turn(Turn("customer", text, f"c{state.customer_messages}", *reading))


def agent(content: Content, state: ConversationState, text: str) -> None:
    record_agent_line(content, state, text, message_id=f"a{state.agent_messages}")


def amounts(state: ConversationState) -> dict[str, float]:
    return {kind: mark.amount for kind, mark in course.marks(state).items()}


def test_the_same_evidence_before_and_after_the_agent_answers(content: Content) -> None:
    state = ConversationState()
    customer(state, "等了三天了！", ANGRY)
    before = course.marks(state)["upset"]
    agent(content, state, "好的")
    assert course.marks(state)["upset"] == before
    assert before.text == "等了三天了！" and before.message_id == "c0"


def test_asking_twice_and_hearing_the_same_is_noted(content: Content) -> None:
    state = ConversationState()
    customer(state, "我的退款到底什么时候到账", ("ask_order_status", "neutral", 0.0))
    agent(content, state, "退款三到五个工作日原路返回")
    customer(state, "我的退款什么时候到账啊", ("ask_order_status", "neutral", 0.0))
    agent(content, state, "退款三到五个工作日原路返回哦")
    found = amounts(state)
    assert (found["asked_again"], found["said_again"]) == (1, 1)


def test_a_failure_counts_only_after_help(content: Content) -> None:
    state = ConversationState()
    customer(state, "打不开")
    assert "failing" not in amounts(state)
    agent(content, state, "您先把缓存清一下再登录")
    customer(state, "清了，还是不行")
    assert amounts(state)["failing"] == 1


def test_only_who_has_the_last_word_leaves_unanswered(content: Content) -> None:
    state = ConversationState()
    customer(state, "到底修不修！", ANGRY)
    assert {"left_upset", "unanswered"} <= amounts(state).keys()
    agent(content, state, "师傅明天上午十点前上门")
    assert not {"left_upset", "unanswered"} & amounts(state).keys()


def test_the_way_the_customer_leaves_is_read_from_the_last_lines(content: Content) -> None:
    state = ConversationState()
    customer(state, "谢谢你啦", HAPPY)
    agent(content, state, "不客气")
    assert "left_thankful" in amounts(state)
    customer(state, "又掉线了！", ANGRY)
    assert "left_thankful" not in amounts(state)
    assert amounts(state)["thanked"] == 1, "what was said stays said"


def test_an_answer_in_hurtful_words_is_none(content: Content) -> None:
    state = ConversationState()
    customer(state, "这个怎么用？", ("ask_howto", "neutral", 0.0))
    agent(content, state, "这么简单的操作您都不会吗，按一下红键就行")
    assert "answered" not in amounts(state)


def test_quotes_are_masked_and_short(content: Content) -> None:
    state = ConversationState()
    customer(state, "我的手机13800138000又停机了，" + "怎么回事" * 40, ANGRY)
    agent(content, state, "我查一下")
    note = state.course["upset"]
    assert "13800138000" not in note["text"] and len(note["text"]) <= course.MAX_QUOTE


LINES = (
    "好的",
    "等一下",
    "退不了的",
    "气死了！",
    "谢谢",
    "什么时候到？",
    "已经给您退了",
    "不归我们管",
    "",
    "😡" * 90,
)
TALK = st.lists(
    st.tuples(st.booleans(), st.sampled_from(LINES), st.sampled_from((ANGRY, CALM, HAPPY))), max_size=40
)


@settings(deadline=None, max_examples=40)
@given(TALK)
def test_the_notes_stay_small_and_survive_json(
    content: Content, talk: list[tuple[bool, str, tuple[str, str, float]]]
) -> None:
    state = ConversationState()
    for by_agent, text, reading in talk:
        if by_agent:
            agent(content, state, text)
        else:
            customer(state, text, reading)
        state = ConversationState.from_dict(json.loads(json.dumps(state.to_dict())))
    kinds = PRICES.keys() | {"waiting"}
    assert state.course.keys() <= kinds
    assert all(0 < note["amount"] <= course.MAX_AMOUNT for note in state.course.values())
    assert course.marks(state).keys() <= kinds
