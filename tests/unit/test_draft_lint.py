"""The draft check (K9): exact spans, one underline for one fault, nothing personal repeated."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import bootstrap
from bot.core.content import Content, Rule, search
from bot.core.draft_lint import MAX_DRAFT, lint
from bot.core.privacy import mask

RELAXED = settings(deadline=None, max_examples=60)


def rule(name: str, pattern: str, unless: str = "", severity: str = "error") -> Rule:
    return Rule(
        name, name.split(".")[0], re.compile(pattern), re.compile(unless) if unless else None,
        note="为什么", severity=severity, suggestion="换一句", principle="smile",
    )  # fmt: skip


def content_of(*rules: Rule) -> Content:
    return Content((), (), rules, {}, {}, {}, {})


WAIT = rule("brush_off.wait", "等一下", unless="等一下(?:午|周)|别等一下")
SMALL = content_of(WAIT, rule("deny.never", "不可能"), rule("over_promise.sure", "一定", severity="warning"))


@pytest.fixture(scope="module")
def shipped() -> Content:
    return bootstrap.content()


def test_a_finding_says_where_what_why_and_how_else() -> None:
    (found,) = lint(SMALL, "您好，请等一下。")
    assert (found.start, found.end, found.text) == (4, 7, "等一下")
    assert (found.rule, found.family, found.severity) == ("brush_off.wait", "brush_off", "error")
    assert (found.why, found.suggestion, found.principle) == ("为什么", "换一句", "smile")


def test_findings_come_in_order_of_place_and_once_a_rule() -> None:
    found = lint(SMALL, "一定不可能，等一下，再等一下，不可能")
    assert [f.rule for f in found] == ["over_promise.sure", "deny.never", "brush_off.wait"]


@pytest.mark.parametrize("draft", ["", " ", "好的，我现在查。", "\n", "🙂", "abc"])
def test_a_clean_draft_has_no_findings(draft: str) -> None:
    assert lint(SMALL, draft) == ()


def test_an_allowed_use_is_passed_over_but_not_the_next_one() -> None:
    assert lint(SMALL, "等一下午就到") == ()
    (found,) = lint(SMALL, "等一下午就到，请等一下")
    assert found.start == 8


def test_an_exception_elsewhere_excuses_nothing() -> None:
    assert [f.start for f in lint(SMALL, "等一下。等一下周")] == [0]


def test_a_finding_inside_another_of_its_family_is_left_out() -> None:
    outer, inner, other = rule("deny.b", "绝对不可能"), rule("deny.a", "不可能"), rule("command.a", "不可能")
    assert [f.rule for f in lint(content_of(outer, inner), "绝对不可能")] == ["deny.b"]
    assert [f.rule for f in lint(content_of(outer, other), "绝对不可能")] == ["deny.b", "command.a"]


def test_two_rules_of_a_family_on_the_same_words_are_one_underline() -> None:
    assert [
        f.rule for f in lint(content_of(rule("deny.z", "不可能"), rule("deny.a", "不可能")), "不可能")
    ] == ["deny.a"]


def test_personal_data_in_a_finding_is_masked() -> None:
    leak = content_of(rule("leak_privacy.phone", r"他的电话是\d+"))
    (found,) = lint(leak, "他的电话是13812345678，您打")
    assert found.text == "他的电话是138****5678"


def test_an_overlong_draft_is_read_up_to_the_limit() -> None:
    assert lint(SMALL, "好" * MAX_DRAFT + "不可能") == ()
    assert [f.end for f in lint(SMALL, "好" * (MAX_DRAFT - 3) + "不可能")] == [MAX_DRAFT]


@RELAXED
@given(st.text("等一下午周不可能别定，。 \n𠮷😡", max_size=80))
def test_spans_are_exact_whatever_the_text(draft: str) -> None:
    found = lint(SMALL, draft)
    for one in found:
        assert 0 <= one.start < one.end <= len(draft)
        assert one.text == mask(draft[one.start : one.end])
    assert list(found) == sorted(found, key=lambda f: (f.start, f.end, f.rule))
    assert len({f.rule for f in found}) == len(found)


EXAMPLES = [
    ("不关我的事，您找别的部门。", "shift_blame"),
    ("这么简单，连小孩都懂。", "belittle"),
    ("绝不可能，我们系统不会出错。", "deny"),
    ("一分钱一分货，您买的就是便宜的。", "price_sarcasm"),
    ("这是公司规定，谁来都一样。", "rule_pressure"),
    ("是您自己操作不当造成的。", "accuse"),
    ("谁知道您说的是不是真的。", "doubt_honesty"),
    ("您爱投诉投诉去。", "talk_back"),
    ("您等一下。", "brush_off"),
    ("我保证明天百分之百到。", "over_promise"),
]


@pytest.mark.parametrize(("draft", "family"), EXAMPLES)
def test_the_families_of_the_service_knowledge_are_caught(shipped: Content, draft: str, family: str) -> None:
    assert family in {f.family for f in lint(shipped, draft)}


@pytest.mark.parametrize(
    "draft",
    [
        "对不起，让您等了二十多分钟，这件事由我来办，您今天要办哪一项？",
        "您的账单我现在逐笔核对，五点前给您回电话。",
        "两个办法您选：换一台新的，或者原路退款。",
        "谢谢您告诉我这些，我已经记下来了。",
    ],
)
def test_a_good_reply_passes(shipped: Content, draft: str) -> None:
    assert lint(shipped, draft) == ()


@RELAXED
@given(st.data())
def test_shipped_rules_give_exact_spans_in_any_context(shipped: Content, data: st.DataObject) -> None:
    flagged = [text for one in shipped.lint_rules for text in one.flagged]
    pieces = data.draw(
        st.lists(st.sampled_from(flagged) | st.text("好的您我。，？!1 😡", max_size=8), max_size=4)
    )
    draft = "".join(pieces)
    for hit in search(shipped.lint_rules, draft):
        assert hit.text == draft[hit.start : hit.end] != ""
    for one in lint(shipped, draft):
        assert one.text == mask(draft[one.start : one.end])
