"""The Moments of Truth (K19): which is next, and what a conversation scores, −3 .. +3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bootstrap
from bot.core import moments
from bot.core.analysis import Analysis, Emotion, Intent, Risk
from bot.core.content import Content
from bot.core.conversation import ConversationState
from bot.core.labels import COMPLAINT_STEPS, EMOTIONS, MOMENTS
from bot.services.assist import AssistService
from bot.services.review import record_agent_line

Line = Analysis | str


def customer(
    text: str, intent: str, feeling: str, intensity: float, *, complains: bool = True, risk: int = 0
) -> Analysis:
    return Analysis(text, "zh", Intent(intent, 0.8), Emotion(feeling, 0.8, intensity), complains, Risk(risk))


DROPPED = customer("我的手机老是断线，今天打个电话断了三次", "report_fault", "disappointed", 1)
NOT_THE_PLACE = customer("我在家里、在公司都断，不是地方的问题", "provide_info", "disappointed", 2)
BAD: list[Line] = [
    DROPPED,
    "您是不是在信号不好的地方打的？我们的网络没有问题。",
    NOT_THE_PLACE,
    "那就是您手机的问题，跟我们网络没关系。",
    customer("手机是上个月刚在你们营业厅买的！", "provide_info", "angry", 2, risk=1),
    "谁卖给您的您找谁去，这个不归我们管。",
    customer("你们就这样推来推去的？我打了三个电话了！", "complain_attitude", "angry", 3, risk=1),
    "我也没办法，您爱找谁找谁，我挂了。",
]
BAD_BUT_SMOOTH: list[Line] = [
    DROPPED,
    "这个可能是您那边信号的问题，您换个地方试试。",
    NOT_THE_PLACE,
    "要么就是手机的问题，您去问一下厂家吧。",
    BAD[4],
    "那您得去找卖手机的店，我们这边处理不了。",
    BAD[6],
    "我也没办法，再见。",
]
GOOD: list[Line] = [
    DROPPED,
    "对不起，通话断了三次，肯定耽误您的事了，这件事我来负责查到底。",
    NOT_THE_PLACE,
    "明白，家里和公司都断，换谁都着急。请问大概是从什么时候开始断的，手机换过卡没有？",
    customer("上个月买的新手机，从上周开始的，没换过卡", "provide_info", "neutral", 0, complains=False),
    "现在有两个办法：我给您重新下发网络参数，或者您到营业厅免费换一张新卡，您看哪个方便？",
    customer("那就先下发参数吧", "affirm", "neutral", 0, complains=False),
    "好的，我现在就给您下发，十分钟内给您回电话确认通话正常。",
    customer("好，现在不断了，谢谢", "thank_praise", "pleased", 1, complains=False),
    "感谢您的耐心和信任，这次耽误您了。这两天用着要是还断，直接找我就行。",
]


@pytest.fixture(scope="module")
def content() -> Content:
    return bootstrap.content()


def play(content: Content, lines: Sequence[Line]) -> tuple[ConversationState, list[float]]:
    """The state after the talk and the score after each line of the agent."""
    service, state, scores = AssistService(content), ConversationState(), []
    for number, line in enumerate(lines):
        if isinstance(line, Analysis):
            service.triage(state, line, f"m{number}")
        else:
            review: dict[str, Any] = record_agent_line(content, state, line, message_id=f"m{number}")
            scores.append(review["moment_of_truth"]["score"])
    return state, scores


def test_blame_and_hanging_up_put_the_relation_at_risk(content: Content) -> None:
    state, scores = play(content, BAD)
    assert scores[-1] == -3
    assert scores == sorted(scores, reverse=True), "every line made it worse"
    assert not {"resolve", "act", "thank"} & state.steps_done.keys()


def test_the_same_blame_in_smooth_words_ends_as_low(content: Content) -> None:
    assert play(content, BAD_BUT_SMOOTH)[1][-1] == -3


def test_the_good_version_exceeds_the_expectation(content: Content) -> None:
    state, scores = play(content, GOOD)
    assert scores[-1] >= 1
    assert scores == sorted(scores), "every line made it better"
    assert set(state.steps_done) == set(COMPLAINT_STEPS)
    assert {"explore", "offer", "action"} <= state.moments_done.keys()


def test_a_good_start_does_not_pay_for_a_bad_end(content: Content) -> None:
    assert play(content, [*GOOD[:4], *BAD[4:]])[1][-1] <= -2


def test_recovery_counts_but_the_hurt_is_remembered(content: Content) -> None:
    hurt = [DROPPED, "您自己操作不对吧。"]
    recovered = play(content, [*hurt, *GOOD[2:]])[1]
    assert recovered[0] < 0 < recovered[-1] <= play(content, GOOD)[1][-1]


def test_nothing_said_nothing_scored() -> None:
    assert moments.score(ConversationState()) == 0
    assert moments.view(ConversationState()) == {"step": "explore", "score": 0.0, "evidence": []}


def test_moments_follow_the_steps_and_keep_the_first_sentence() -> None:
    state = ConversationState()
    moments.on_agent(state, {"accept": "我来处理。", "calm": "您别急。"}, "a1")
    assert moments.open_moment(state) == "offer"
    moments.on_agent(state, {"resolve": "给您换一台。", "clarify": "哪天坏的？"}, "a2")
    moments.on_agent(state, {"act": "现在就寄。"}, "a3")
    assert moments.open_moment(state) == "confirm"
    moments.on_agent(state, {"confirm": "收到了吗？"}, "a4")
    assert moments.open_moment(state) == "confirm"
    said = [(e["step"], e["text"]) for e in moments.view(state)["evidence"]]
    assert said == list(zip(MOMENTS, ("我来处理。", "给您换一台。", "现在就寄。", "收到了吗？")))


def test_every_lint_family_has_its_price(content: Content) -> None:
    families = {rule.label for rule in content.lint_rules}
    assert families <= moments.HARM_OF_FAMILY.keys()
    assert all(price < 0 for price in moments.HARM_OF_FAMILY.values())


SETTLED: list[Line] = [
    customer("这个月流量怎么少了两个G", "dispute_charge", "confused", 1, complains=False),
    "您稍等，我查一下。昨晚视频应用用了两个G，明细我发您。",
    customer("哦，看懂了，是我忘关了", "affirm", "neutral", 0, complains=False),
    "已经给您设好提醒了，用到八成会来短信。请问还有别的需要吗？",
    customer("没有了，谢谢，你很有耐心", "thank_praise", "pleased", 2, complains=False),
]
SENT_ON: list[Line] = [
    customer("我的保单能改受益人吗", "modify_order", "neutral", 0, complains=False),
    "这个我们改不了的呢",
    customer("那去哪里改", "ask_howto", "neutral", 0, complains=False),
    "您去找一下银行那边问问",
    customer("银行说归你们管，我都跑两趟了", "complain_attitude", "disappointed", 2),
    "不归我们管的，您再咨询银行客服吧",
]
LEFT_ALONE: list[Line] = [
    customer("装机师傅怎么还不来", "complain_delay", "anxious", 1),
    "请您耐心等待",
    customer("等了一上午了！到底几点来？", "complain_delay", "angry", 2),
    "请您耐心等待",
    customer("几点来你说个准话！！", "urge", "angry", 3),
]


def test_a_settled_question_exceeds_and_being_sent_on_falls_short(content: Content) -> None:
    settled, sent_on, left_alone = (play(content, talk)[0] for talk in (SETTLED, SENT_ON, LEFT_ALONE))
    assert moments.score(settled) >= 1.5
    assert -3 <= moments.score(sent_on) <= -1
    assert -3 <= moments.score(left_alone) <= -1.5


def test_every_point_of_the_score_is_shown_with_its_line(content: Content) -> None:
    for talk in (SETTLED, SENT_ON, LEFT_ALONE, GOOD):
        view: dict[str, Any] = moments.view(play(content, talk)[0])
        evidence = view["evidence"]
        total = round(sum(e["points"] for e in evidence) * 4) / 4
        assert max(-3, min(3, total)) == view["score"]
        assert all(e["text"] and e["message_id"] for e in evidence)
        assert {e["kind"] for e in evidence} <= moments.PRICES.keys() | {"moment"}


def test_the_costliest_line_comes_with_a_better_wording(content: Content) -> None:
    view: dict[str, Any] = moments.view(play(content, SENT_ON)[0])
    assert view["better"]["message_id"] == "m5"
    assert view["better"]["suggestion"] and view["better"]["points"] < 0
    assert "better" not in moments.view(play(content, SETTLED)[0])


def test_a_complaint_is_closed_by_the_customer_not_by_the_agent(content: Content) -> None:
    done = [LEFT_ALONE[0], "已经给您改约好了，师傅下午两点到。"]
    state, _ = play(content, done)
    kinds = {e["kind"] for e in moments.view(state)["evidence"]}  # type: ignore[attr-defined]
    assert "complaint_open" in kinds
    state, _ = play(
        content, [*done, customer("师傅到了，弄好了", "provide_info", "neutral", 0, complains=False)]
    )
    assert "complaint_open" not in {e["kind"] for e in moments.view(state)["evidence"]}  # type: ignore[attr-defined]


STATES = st.builds(
    ConversationState,
    agent_messages=st.integers(0, 9),
    complaint_open=st.booleans(),
    emotion_level=st.none() | st.floats(-3, 3),
    worst_level=st.floats(-3, 0),
    steps_done=st.dictionaries(st.sampled_from(COMPLAINT_STEPS), st.just({"evidence": ""})),
    moments_done=st.dictionaries(st.sampled_from(MOMENTS), st.just({"evidence": ""})),
    review=st.fixed_dictionaries({"harm": st.floats(-4, 0), "care": st.floats(-2, 1)}),
)
RELAXED = settings(deadline=None, max_examples=60)


@RELAXED
@given(STATES)
def test_the_score_is_bounded(state: ConversationState) -> None:
    assert -3 <= moments.score(state) <= 3


@RELAXED
@given(STATES, st.floats(0, 4))
def test_hurtful_words_never_raise_the_score(state: ConversationState, harm: float) -> None:
    before = moments.score(state)
    state.review["harm"] -= harm
    assert moments.score(state) <= before


@RELAXED
@given(st.lists(st.sampled_from([*BAD, *GOOD]), max_size=10), st.sampled_from(EMOTIONS))
def test_any_mixture_of_lines_is_scored(content: Content, lines: list[Line], feeling: str) -> None:
    _, scores = play(content, [customer("嗯", "provide_info", feeling, 1), *lines])
    assert all(-3 <= score <= 3 for score in scores)


def test_a_family_nobody_has_weighed_costs_a_little() -> None:
    assert moments.harm("added_by_operations") == moments.OTHER_HARM < 0
