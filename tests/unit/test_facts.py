"""The customer's facts in the form a reply can say back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.analysis import Entity
from bot.core.facts import facts_of
from bot.core.labels import FACT_SLOTS


def found(text: str, *entities: tuple[str, str]) -> dict[str, str]:
    """Facts of a text whose entities are (kind, words)."""
    placed, position = [], 0
    for kind, words in entities:
        position = text.index(words, position)
        placed.append(Entity(kind, words, position, position + len(words)))
        position += len(words)
    return facts_of(text, placed)


@pytest.mark.parametrize(
    ("text", "words", "wait"),
    [
        ("我排队排了二十多分钟了", "二十多分钟", "二十多分钟"),
        ("等了三天了还没消息", "三天了", "三天"),
        ("都一个星期了还没发货", "一个星期", "一个星期"),
        ("这手机我用了三天", "三天", None),
        ("保修期是两年", "两年", None),
    ],
)
def test_a_duration_is_a_wait_only_beside_waiting(text: str, words: str, wait: str | None) -> None:
    assert found(text, ("duration", words)).get("wait") == wait


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("第三次", "第三次"),
        ("三次", "第三次"),
        ("两回", "第二次"),
        ("3遍", "第3次"),
        ("十二次", None),
        ("第一次", None),
        ("一次", None),
        ("1次", None),
        ("好几次", None),
    ],
)
def test_a_count_becomes_an_ordinal(words: str, said: str | None) -> None:
    assert found(f"这都{words}了", ("count", words)).get("count") == said


def test_one_amount_gets_its_unit() -> None:
    assert found("多扣了我300", ("amount", "300")) == {"amount": "300元"}
    assert found("多扣了三百块", ("amount", "三百块")) == {"amount": "三百块"}


def test_two_amounts_are_told_apart_by_the_words_before_them() -> None:
    text = "我自己算200多，账单出来500多"
    assert found(text, ("amount", "200多"), ("amount", "500多")) == {
        "expected": "200多元",
        "actual": "500多元",
    }
    turned = "结果扣了500多，平时都是200多"
    assert found(turned, ("amount", "500多"), ("amount", "200多")) == {
        "expected": "200多元",
        "actual": "500多元",
    }


def test_two_amounts_without_such_words_give_the_first() -> None:
    assert found("一件300元一件200元", ("amount", "300元"), ("amount", "200元")) == {"amount": "300元"}


def test_the_order_is_named_by_its_last_four() -> None:
    assert found("单号20231121123456789", ("order", "20231121123456789")) == {"order": "尾号6789"}


def test_names_of_things_are_said_as_the_customer_said_them() -> None:
    facts = found(
        "王女士昨天在城南买的宽带，隔壁联通都没这样",
        ("person", "王女士"), ("date", "昨天"), ("place", "城南"), ("product", "宽带"), ("competitor", "联通"),
    )  # fmt: skip
    assert facts == {
        "name": "王女士",
        "date": "昨天",
        "place": "城南",
        "product": "宽带",
        "competitor": "联通",
    }


def test_the_first_of_a_kind_counts() -> None:
    assert found("手机和宽带都断", ("product", "手机"), ("product", "宽带")) == {"product": "手机"}


def test_what_cannot_be_said_back_is_left_out() -> None:
    assert found("电话13812345678", ("phone", "13812345678")) == {}
    long = "江苏省南京市玄武区中山东路三百号"
    assert found(long, ("place", long)) == {}
    assert facts_of("，。", [Entity("product", "，。", 0, 2)]) == {}


KINDS = ("duration", "count", "amount", "order", "product", "place", "date", "person", "phone", "competitor")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_entities_of_any_text_give_sayable_facts(data: st.DataObject) -> None:
    text = data.draw(st.text("等了第三十次200多块元账单自己算宽带 ，12", min_size=1, max_size=40))
    entities = []
    for _ in range(data.draw(st.integers(0, 5))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        entities.append(Entity(data.draw(st.sampled_from(KINDS)), text[start:end], start, end))
    facts = facts_of(text, entities)
    assert facts.keys() <= set(FACT_SLOTS)
    assert ("expected" in facts) == ("actual" in facts)
    assert all(said.strip() and len(said) <= 14 for said in facts.values())
