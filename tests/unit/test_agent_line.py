"""What an agent's line does: its steps and promises, how it moves the matter, whether it tells anything."""

from __future__ import annotations

import pytest

from bot import bootstrap
from bot.core.agent_line import read_agent_line
from bot.core.content import Content, search
from bot.core.moments import FAULTS

FAULT_LABELS = {"refuse", "cold", "unsure", "redirect", "vague", "blame", "hang_up"}


@pytest.fixture(scope="module")
def content() -> Content:
    return bootstrap.content()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("刚给您把寄件地址改好了", {"done"}),
        ("这台旧机型不支持以旧换新", {"refused"}),
        ("违约金我们减免不了", {"refused"}),
        ("轨迹我这儿查不到呢", {"unsure"}),
        ("退票您得找航空公司那边", {"redirected"}),
        ("换屏麻烦您送到附近维修点", {"redirected"}),
        ("后面有专人回复您", {"vague"}),
        ("工单还在处理中哦", {"waiting"}),
        ("因为您填的楼号不全才退回", {"blamed"}),
        ("我还有别的客户，我挂了", {"hung_up"}),
        ("原路没法退，但可以退到余额", set()),
        ("我帮您联系快递公司，今天下班前回您", set()),
        ("您要是不确定就先量一下尺寸", set()),
    ],
)
def test_how_a_line_moves_the_matter(content: Content, text: str, kinds: set[str]) -> None:
    assert {mark.kind for mark in read_agent_line(content, text).marks} == kinds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("能的，下单时勾上就行", True),
        ("满三百减四十，活动到周日", True),
        ("您先把光猫断电重启一下", True),
        ("您好.运费由商家出.", True),
        ("您好，请问有什么可以帮您？", False),
        ("好的亲", False),
        ("请您稍等", False),
        ("不客气哈", False),
        ("这个您问下快递公司", False),
        ("#E-s[数字x]", False),
    ],
)
def test_whether_a_line_tells_the_customer_anything(content: Content, text: str, told: bool) -> None:
    assert bool(read_agent_line(content, text).tells) is told


def test_marks_quote_the_words_and_say_it_better(content: Content) -> None:
    line = read_agent_line(content, "您好.促销价没法叠加的哦.祝您愉快")
    (mark,) = line.marks
    assert mark.text == "促销价没法叠加的哦."
    assert mark.why and mark.suggestion


def test_what_was_done_is_an_act_without_a_promise(content: Content) -> None:
    line = read_agent_line(content, "您的宽带预约成功")
    assert line.steps == {"act": "您的宽带预约成功"}
    assert line.promises == ()


def test_every_fault_has_a_better_wording_that_is_no_fault(content: Content) -> None:
    rules = content.signals["agent_line"]
    for rule in rules:
        if rule.label not in FAULT_LABELS:
            continue
        assert rule.suggestion, rule.id
        assert not search(content.lint_rules, rule.suggestion), rule.id
        assert not FAULTS & {mark.kind for mark in read_agent_line(content, rule.suggestion).marks}, rule.id
