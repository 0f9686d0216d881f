"""Recognising the situation: cue, reader's probability and intent together; the matter stays, the move passes."""

from __future__ import annotations

import re

from bot.core.analysis import Analysis, Emotion, Intent
from bot.core.content import Content, Phrase, Plan, ServiceSituation
from bot.core.conversation import ConversationState
from bot.core.situations import recognise, score
from bot.core.suggestion import ReplyContext, compose


def situation(name: str, *intents: str, cue: str = "", family: str = "online_shop") -> ServiceSituation:
    return ServiceSituation(
        id=name,
        name=name,
        family=family,
        intents=frozenset(intents),
        need="知道结果",
        cue=re.compile(cue) if cue else None,
        examples=(),
    )


def phrase(part: str, text: str, *, of: str = "", **more: object) -> Phrase:
    return Phrase(id=f"{of}.{part}.{text}", part=part, text=text, situation=of, **more)  # type: ignore[arg-type]


CONTENT = Content(
    phrases=(
        phrase("acknowledge", "您的事我听到了，这就往下办。"),
        phrase("commit", "我去处理，办好了回来告诉您。"),
        phrase("ask_back", "还有什么要我知道的吗？"),
        phrase("acknowledge", "退款成功了，卡里没见着钱。", of="refund"),
        phrase("commit", "我去查打款流水，10分钟内回您。", of="refund"),
        phrase("ask_back", "方便发一下订单号吗？", of="refund", asks="order"),
        phrase("ask_back", "付款用的是银行卡吗？", of="refund"),
        phrase("acknowledge", "让您等着了。", of="urging"),
        phrase("commit", "我催一下。", of="urging"),
    ),
    plans=(
        Plan(
            "p1", "explore", "empathy", ("acknowledge", "commit", "ask_back"), "why", "smile", situated=True
        ),
        Plan("p2", "explore", "empathy", ("acknowledge", "ask_back"), "why", "smile"),
    ),
    lint_rules=(),
    signals={},
    needs={},
    names={},
    principles={},
    situations={
        "refund": situation("refund", "request_refund", "ask_order_status", cue="退款.{0,6}没到"),
        "parcel": situation("parcel", "ask_logistics", cue="快递.{0,6}没动"),
        "urging": situation("urging", "urge", cue="^好了吗$", family="turn"),
    },
)


def said(text: str, intent: str, read: tuple[tuple[str, float], ...] = ()) -> Analysis:
    return Analysis(
        text=text,
        language="zh",
        intent=Intent(intent, 0.8, ((intent, 0.8), ("affirm", 0.1))),
        emotion=Emotion("neutral", 0.9, 0.0),
        is_complaint=False,
        situations=read,
    )


def hear(state: ConversationState, analysis: Analysis) -> None:
    recognise(CONTENT, state, analysis, analysis.text)


def test_a_cue_is_enough_when_the_intent_fits() -> None:
    state = ConversationState()
    hear(state, said("退款一直没到", "request_refund"))
    assert (state.situation, state.turn) == ("refund", "")


def test_a_cue_under_a_strange_intent_is_not() -> None:
    state = ConversationState()
    analysis = said("退款一直没到", "ask_invoice")
    assert score(CONTENT, analysis, analysis.text) == {}
    hear(state, analysis)
    assert state.situation == ""


def test_the_reader_alone_must_be_sure() -> None:
    state = ConversationState()
    hear(state, said("钱呢", "request_refund", (("refund", 0.5),)))
    assert state.situation == ""
    hear(state, said("钱呢", "request_refund", (("refund", 0.7),)))
    assert state.situation == "refund"


def test_the_matter_stays_while_the_customer_urges_and_the_move_passes() -> None:
    state = ConversationState()
    hear(state, said("退款一直没到", "request_refund"))
    hear(state, said("好了吗", "urge", (("parcel", 0.4),)))
    assert (state.situation, state.turn) == ("refund", "urging")
    hear(state, said("快递也没动", "ask_logistics"))
    assert (state.situation, state.turn) == ("parcel", "")


def reply(situations: tuple[str, ...], **facts: str) -> str:
    context = ReplyContext(
        step="explore",
        intent="request_refund",
        topic="request_refund",
        emotion="neutral",
        intensity=0.0,
        mood="easy",
        personality="neutral",
        facts=facts,
        situations=situations,
    )
    return compose(CONTENT, context)[0].text


def test_a_situations_sentences_lead_and_what_is_known_is_not_asked() -> None:
    assert reply(()) == "您的事我听到了，这就往下办。还有什么要我知道的吗？"
    assert "流水" in reply(("refund",)) and "没见着钱" in reply(("refund",))
    assert "订单号" not in reply(("refund",), order="尾号3021")


def test_the_move_speaks_first_and_the_matter_acts() -> None:
    text = reply(("urging", "refund"))
    assert text.startswith("让您等着了。") and "流水" in text
