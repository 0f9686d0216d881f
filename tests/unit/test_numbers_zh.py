"""Chinese and mixed numbers: their value or range, and that no text breaks the reader."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.numbers_zh import NUMBER, Quantity, parse_number, spoken_digits, tidy, with_more

EXACT = [
    ("0", 0),
    ("7", 7),
    ("007", 7),
    ("200", 200),
    ("58.8", 58.8),
    ("1,299", 1299),
    ("1,299.50", 1299.5),
    ("1,234,567", 1234567),
    ("3百", 300),
    ("3千5", 3500),
    ("3千5百", 3500),
    ("1万2", 12000),
    ("1.5万", 15000),
    ("2000万", 20000000),
    ("2w", 20000),
    ("1.2k", 1200),
    ("12亿", 1200000000),
    ("零", 0),
    ("〇", 0),
    ("一", 1),
    ("幺", 1),
    ("两", 2),
    ("俩", 2),
    ("仨", 3),
    ("十", 10),
    ("十二", 12),
    ("二十", 20),
    ("二十三", 23),
    ("一百", 100),
    ("百", 100),
    ("一百零五", 105),
    ("一百五", 150),
    ("二百五", 250),
    ("一百一十", 110),
    ("一百十五", 115),
    ("三百五十六", 356),
    ("一千零五", 1005),
    ("一千零五十", 1050),
    ("两千三", 2300),
    ("两千三百", 2300),
    ("九千九百九十九", 9999),
    ("一万二", 12000),
    ("一万零二百", 10200),
    ("十万", 100000),
    ("十五万", 150000),
    ("一百二十万", 1200000),
    ("两千三百万", 23000000),
    ("三亿五千万", 350000000),
    ("千万", 10000000),
    ("贰佰伍拾", 250),
    ("壹万叁仟", 13000),
    ("半", 0.5),
    ("二零二四", 2024),
    ("一零零八六", 10086),
    ("幺三八", 138),
    ("零五", 5),
]

RANGES = [
    ("几", 2, 9),
    ("几十", 20, 90),
    ("几百", 200, 900),
    ("几千", 2000, 9000),
    ("几百万", 2000000, 9000000),
    ("十几", 11, 19),
    ("三十几", 31, 39),
    ("三百几", 320, 390),
    ("三十几万", 310000, 390000),
    ("好几", 3, 9),
    ("好几十", 30, 90),
    ("好几百", 300, 900),
    ("大几千", 5000, 9000),
    ("小几百", 200, 400),
    ("数百", 200, 900),
    ("上百", 100, 200),
    ("上千", 1000, 2000),
    ("百八十", 80, 100),
    ("两三", 2, 3),
    ("三五", 3, 5),
    ("七八", 7, 8),
    ("两三百", 200, 300),
    ("三四十", 30, 40),
    ("四五万", 40000, 50000),
    ("一两百", 100, 200),
    ("十五六", 15, 16),
    ("二十一二", 21, 22),
    ("一百二三十", 120, 130),
    ("大半", 0.5, 1),
    ("小半", 0.25, 0.5),
]

NO_NUMBER = [
    "",
    " ",
    "多",
    "块",
    "abc",
    "五十百",
    "一百百",
    "二五",
    "八三",
    "两几",
    "3.2.1",
    "1,23",
    "5g",
    "上",
    "好",
    "五个",
    "٣",
    "²",
    "1e5",
]


@pytest.mark.parametrize(("text", "value"), EXACT)
def test_one_number(text: str, value: float) -> None:
    assert parse_number(text) == Quantity(value, value)


@pytest.mark.parametrize(("text", "low", "high"), RANGES)
def test_a_vague_number_is_a_range(text: str, low: float, high: float) -> None:
    quantity = parse_number(text)
    assert quantity == Quantity(low, high)
    assert quantity is not None and not quantity.exact


@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("value", "word", "low", "high"),
    [
        (200, "多", 200, 300),
        (20, "多", 20, 30),
        (150, "多", 150, 160),
        (1000, "余", 1000, 2000),
        (15000, "多", 15000, 16000),
        (3, "多", 3, 4),
        (12, "多", 12, 13),
        (1.5, "多", 1.5, 2.5),
        (30, "来", 30, 35),
        (100, "来", 100, 150),
        (200, "左右", 180, 220),
        (50, "上下", 45, 55),
        (100, "出头", 100, 200),
        (100, "", 100, 100),
    ],
)
def test_words_of_about(value: float, word: str, low: float, high: float) -> None:
    assert with_more(Quantity(value, value), word) == Quantity(low, high)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("幺三八零零一三八零零零", "13800138000"),
        ("138", "138"),
        ("一三八12", "13812"),
        ("十三", ""),
        ("两三", ""),
        ("", ""),
        ("a1", ""),
    ],
)
def test_digits_read_out(text: str, digits: str) -> None:
    assert spoken_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("扣了我两百多块", ["两百"]),
        ("58块8毛", ["58", "8"]),
        ("等了大半个月", ["大半"]),
        ("上百块和好几十个", ["上百", "好几十"]),
        ("1,299.00元", ["1,299.00"]),
        ("3万5千", ["3万5千"]),
        ("花了2w多", ["2w"]),
        ("数据线", []),
        ("好的大家", []),
    ],
)
def test_the_expression_finds_runs(text: str, runs: list[str]) -> None:
    assert re.findall(NUMBER, text) == runs


def test_tidy_keeps_whole_numbers_whole() -> None:
    assert (tidy(3.0), tidy(58.800000000000004), type(tidy(2.0))) == (3, 58.8, int)


_characters = st.text(alphabet="零〇一幺二两俩三五九十百千万亿几数半好大小上多0123456789.,kw ", max_size=14)


@settings(max_examples=800, deadline=None)
@given(st.one_of(_characters, st.text(), st.text(alphabet=st.characters(blacklist_categories=()))))
@example("一" * 5000)
@example("9" * 400)
@example("万" * 60)
def test_never_raises_and_ranges_are_in_order(text: str) -> None:
    quantity = parse_number(text)
    assert quantity is None or 0 <= quantity.low <= quantity.high
    if quantity is not None:
        for word in ("多", "来", "左右", ""):
            more = with_more(quantity, word)
            assert more.low <= more.high
    spoken_digits(text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_written_digits_mean_themselves(value: int) -> None:
    assert parse_number(str(value)) == parse_number(f"{value:,}") == Quantity(value, value)
