"""Empathy of a draft (K7): LL hostile, L explains only, H sees the feeling, HH stands in their shoes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bootstrap
from bot.core.content import Content
from bot.core.draft_lint import lint
from bot.core.empathy import EmpathyGrade, grade
from bot.core.labels import EMPATHY_LEVELS

WAITED = "我排队排了二十多分钟，你们就开一个窗口！"
BILL = "我自己算话费两百多，账单出来五百多，凭什么？"
DROPPED = "手机老是断线，一个电话断三次"
PRICE = "59元的套餐包含多少流量"


@pytest.fixture(scope="module")
def content() -> Content:
    return bootstrap.content()


def graded(
    content: Content,
    draft: str,
    customer: str = "",
    *,
    upset: bool = True,
    facts: dict[str, str] | None = None,
) -> EmpathyGrade:
    return grade(
        content, draft, upset=upset, customer_text=customer, facts=facts, findings=lint(content, draft)
    )


UPSET_EXAMPLES = [
    # hostile, mocking, hurting
    ("LL", WAITED, "这么点时间都等不了，大家都在排，就您事多。"),
    ("LL", BILL, "连小孩都会算的账，您自己没看清楚。"),
    ("LL", DROPPED, "是您自己操作不当，怪谁呢。"),
    ("LL", WAITED, "对不起，不过您爱投诉投诉去。"),  # an apology does not mend an insult
    # explains, or brushes off, the feeling is not seen
    ("L", WAITED, "今天窗口少，按顺序办理。"),
    ("L", BILL, "账单是系统自动生成的。"),
    ("L", DROPPED, "这是公司规定，不关我们部门的事。"),
    ("L", BILL, "非常抱歉，但是我们系统不可能出错。"),  # cold words undo the apology
    # the feeling is seen, but something is missing
    ("H", WAITED, "真对不起，换谁都会着急。"),
    ("H", BILL, "您别着急，我非常理解您的心情。"),
    ("H", DROPPED, "给您添麻烦了，我这就去查。"),
    # feeling, the customer's own case and the next step
    ("HH", WAITED, "让您排了二十多分钟，换谁都着急，实在对不起，我现在就给您办。"),
    ("HH", BILL, "算出来两百多，账单却是五百多，这火该发，我现在就逐笔核对，五点前给您回电话。"),
    ("HH", DROPPED, "一个电话断三次，太耽误事了，对不起，这件事我来负责查到底。"),
]


@pytest.mark.parametrize(("level", "customer", "draft"), UPSET_EXAMPLES)
def test_levels_for_an_upset_customer(content: Content, level: str, customer: str, draft: str) -> None:
    assert graded(content, draft, customer).level == level


CALM_EXAMPLES = [
    ("HH", "59元的套餐包含30G流量，我可以给您发一份明细。"),
    ("H", "好的，我现在就帮您查。"),
    ("L", "不包含。"),
    ("L", "您等一下。"),
    ("LL", "写得那么明显您都没看到？"),
]


@pytest.mark.parametrize(("level", "draft"), CALM_EXAMPLES)
def test_a_calm_customer_needs_no_consolation(content: Content, level: str, draft: str) -> None:
    assert graded(content, draft, PRICE, upset=False).level == level


def test_what_is_missing_is_named(content: Content) -> None:
    assert graded(content, "今天窗口少，按顺序办理。", WAITED).missing == (
        "feeling",
        "specifics",
        "next_step",
    )
    assert graded(content, "真对不起，换谁都会着急。", WAITED).missing == ("specifics", "next_step")
    assert graded(content, UPSET_EXAMPLES[-1][2], DROPPED).missing == ()
    assert "feeling" not in graded(content, "不包含。", PRICE, upset=False).missing


def test_a_known_fact_of_the_customer_is_his_own_case(content: Content) -> None:
    draft = "实在对不起，我现在就给第三次报修的这台机器派师傅。"
    assert "specifics" in graded(content, draft, "又坏了！").missing
    assert graded(content, draft, "又坏了！", facts={"count": "第三次"}).level == "HH"


def test_everyday_words_are_not_the_customers_own_case(content: Content) -> None:
    draft = "您好，我们现在可以给您查一下，这个您不用着急。"
    assert "specifics" in graded(content, draft, "你们现在可以查一下这个吗").missing


def test_a_warning_is_advice_and_costs_no_level(content: Content) -> None:
    findings = lint(
        content, draft := "让您排了二十多分钟，实在对不起，我现在就办。您看还有什么可以帮您的吗？"
    )
    assert [f.severity for f in findings] == ["warning"]
    assert graded(content, draft, WAITED).level == "HH"


@settings(deadline=None, max_examples=60)
@given(st.text("对不起排队二十多分钟我来处理马上连小孩都懂，。！ 😡a1", max_size=60), st.booleans())
def test_every_text_has_a_level_and_hh_lacks_nothing(content: Content, draft: str, upset: bool) -> None:
    found = graded(content, draft, WAITED, upset=upset)
    assert found.level in EMPATHY_LEVELS
    assert found.level != "HH" or not found.missing
