"""The four cases of the service knowledge (section D), customer and agent, through the whole product."""

from __future__ import annotations

from typing import Any

import pytest

from bot.bootstrap import content
from bot.core.draft_lint import lint
from bot.core.labels import COMPLAINT_STEPS, PERSONALITIES

pytestmark = pytest.mark.slow
Say = Any

FIRST_LINES = {
    "dropped calls": "我这手机老是打着打着就断线，一天断七八回，你们信号到底行不行啊！",
    "queue": "我都排了二十多分钟的队了，前面就一个窗口，你们是不想让人办业务是吧！",
    "bill": "你们话费给我算错了！我自己算200多，账单出来500多，不给个说法我就去消协！",
    "supervisor": "这完全是你的责任，叫你们经理出来，我要让他开除你！",
}


def assert_replies_fit(card: dict[str, Any]) -> None:
    """Three different, clean, finished replies of a length people read."""
    texts = [s["text"] for s in card["suggestions"]]
    assert len(texts) == len(set(texts)) == 3
    for reply in card["suggestions"]:
        assert 12 <= len(reply["text"]) <= 100, reply["text"]
        assert not lint(content(), reply["text"]), reply["text"]
        assert "{" not in reply["text"] and "".join(p["text"] for p in reply["parts"]) == reply["text"]
        assert reply["why"] and reply["empathy_level"] in ("H", "HH", "L")
    assert any(s["empathy_level"] in ("H", "HH") for s in card["suggestions"])


@pytest.mark.parametrize("case", FIRST_LINES)
async def test_first_card_accepts_and_names_the_mood(say: Say, case: str) -> None:
    card = await say(FIRST_LINES[case])
    assert card["schema"] == 1
    assert card["analysis"]["is_complaint"]
    assert card["analysis"]["emotion"]["name"] in ("angry", "disappointed", "aggrieved", "anxious")
    assert card["process"]["step"] in ("accept", "escalate")
    assert_replies_fit(card)


async def test_bill_case_names_both_amounts_and_raises_the_risk(say: Say) -> None:
    card = await say(FIRST_LINES["bill"])
    assert card["analysis"]["risk"]["level"] == 2
    assert any("消协" in r["text"] for r in card["analysis"]["risk"]["reasons"])
    assert {"expected", "actual"} <= card["analysis"]["facts"].keys()
    assert any(alert["kind"] == "risk" for alert in card["alerts"])


async def test_queue_case_says_the_wait_back(say: Say) -> None:
    card = await say(FIRST_LINES["queue"])
    assert card["analysis"]["facts"]["wait"] == "二十多分钟"
    assert any("二十多分钟" in s["text"] for s in card["suggestions"])


async def test_queue_case_runs_to_the_thanks(say: Say) -> None:
    steps = []
    for customer, agent in (
        (FIRST_LINES["queue"], "实在对不起，让您白白站了二十多分钟，这事我来处理。您今天要办的是哪项业务？"),
        ("就补张卡，身份证我都带了", "明白，补卡是吧。身份证是您本人的，对吗？"),
        (
            "对，我本人的",
            "那有两个办法：我现在带您去自助机，三分钟办好；也可以我替您取号，轮到了打您电话。您选哪个？",
        ),
        ("那去自助机吧", "好，我现在就带您过去，办好卡我再走。"),
        ("行，卡能用了，谢谢", "感谢您耐心配合，今天让您久等了，再次跟您说声抱歉，窗口的事我会反映上去。"),
    ):
        card = await say(customer)
        assert_replies_fit(card)
        steps.append(card["process"]["step"])
        review = await say(agent, agent=True)
    assert steps[0] == "accept"
    assert steps[-1] == "thank"
    assert [d["step"] for d in review["complaint"]["done"]] == list(COMPLAINT_STEPS)
    assert review["moment_of_truth"]["score"] >= 1


async def test_the_bad_agent_of_case_one_scores_minus_three(say: Say) -> None:
    await say(FIRST_LINES["dropped calls"])
    await say("那是您那个地方信号不好，跟我们没关系。", agent=True)
    await say("我家在市中心，别人的都好好的！")
    await say("那就是您手机的问题，您自己去找卖手机的。", agent=True)
    await say("手机刚买的，换卡就没事！")
    review = await say("我也没办法，您爱用不用，就这样吧，我挂了。", agent=True)
    assert review["moment_of_truth"]["score"] == -3
    assert review["findings"]


async def test_four_personalities_give_four_replies(engine: Any) -> None:
    first: dict[str, str] = {}
    for personality in PERSONALITIES:
        await engine.customer_line(personality, "你好，在吗")
        await engine.set_personality(personality, personality, agent_id="a1")
        card = await engine.customer_line(personality, FIRST_LINES["queue"])
        assert card["analysis"]["personality"] == {
            **card["analysis"]["personality"],
            "type": personality,
            "source": "agent",
        }
        assert_replies_fit(card)
        first[personality] = card["suggestions"][0]["text"]
    assert len(set(first.values())) == 4


async def test_used_phrases_do_not_come_again(say: Say) -> None:
    card = await say(FIRST_LINES["queue"])
    sent = card["suggestions"][0]
    await say(sent["text"], agent=True)
    used = {p["phrase_id"] for p in sent["parts"]}
    for line in ("你倒是快点啊", "还要多久", "到底行不行"):
        later = await say(line)
        assert not used & {p["phrase_id"] for s in later["suggestions"] for p in s["parts"]}


async def test_new_anger_after_an_offer_calms_again(say: Say) -> None:
    await say(FIRST_LINES["queue"])
    await say("实在抱歉让您久等，这事我来处理，您办什么业务？", agent=True)
    await say("补卡")
    await say("您可以去自助机办，也可以我帮您取号，您看哪个方便？", agent=True)
    card = await say("你们他妈的耍我呢！自助机是坏的！")
    assert card["process"]["step"] == "calm"
    card = await say("我现在就拍视频发抖音，曝光你们！投诉到底！")
    assert card["process"]["step"] == "escalate"
