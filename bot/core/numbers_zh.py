"""Numbers as customers write them: 「两百多」, 「一万二」, 「十五六」, 「几十」, 「3千5」, 「幺三八…」."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_DIGIT_WORDS: Final = (
    "零〇",
    "一幺壹",
    "二两俩贰",
    "三仨叁",
    "四肆",
    "五伍",
    "六陆",
    "七柒",
    "八捌",
    "九玖",
)
_DIGIT: Final[dict[str, int]] = {char: value for value, chars in enumerate(_DIGIT_WORDS) for char in chars}
_UNIT: Final[dict[str, int]] = {
    **dict.fromkeys("十拾", 10),
    **dict.fromkeys("百佰", 100),
    **dict.fromkeys("千仟k", 1000),
    **dict.fromkeys("万w", 10_000),
    "亿": 100_000_000,
}
_BIG: Final = 10_000
_SOME: Final = "几数"
_SPECIAL: Final[dict[str, tuple[float, float]]] = {
    "半": (0.5, 0.5),
    "大半": (0.5, 1.0),
    "小半": (0.25, 0.5),
    "百八十": (80, 100),
}
_LARGEST: Final = 1e15
_VAGUE_PREFIX: Final[dict[str, tuple[int, int]]] = {"好": (3, 9), "大": (5, 9), "小": (2, 4)}
"""How many a 几 is after these: 好几天, 大几百, 小几千."""
_ANY_SOME: Final = (2, 9)

_CHARS: Final = "".join(_DIGIT) + "十拾百佰千仟万亿几"
_ARABIC: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
NUMBER: Final = (
    rf"(?:(?:{_ARABIC})(?:[百千万亿]{{1,2}}(?:[0-9](?![0-9.])[百千]?)?|[kw](?![a-z0-9]))?"
    rf"|(?:上(?=[百千万亿])|[好大小](?=几)|数(?=[十百千万亿]))?[{_CHARS}]+|[大小]?半)"
)
"""Regular expression of one number run in normalised text (half-width, lower case, simplified)."""

_TOKENS = re.compile(r"[0-9]+(?:\.[0-9]+)?|.", re.DOTALL)
_VALID = re.compile(NUMBER)
_SPOKEN = str.maketrans({char: str(value) for char, value in _DIGIT.items() if char not in "两俩仨"})


class Quantity(NamedTuple):
    """A number or, for vague words, the range it lies in; both ends belong to it."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def times(self, factor: float) -> Quantity:
        """The quantity in a smaller unit."""
        return Quantity(tidy(self.low * factor), tidy(self.high * factor))


def tidy(value: float) -> float:
    """An int where the value is whole, else rounded to what a price or a length of time needs."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def parse_number(text: str) -> Quantity | None:
    """The quantity a number run means; None for what is no number. Never raises.

    「200」 200 · 「三百五」 350 · 「一万二」 12,000 · 「两三百」 200–300 · 「几十」 20–90 · 「十几」 11–19 ·
    「好几百」 300–900 · 「上千」 1,000–2,000 · 「半」 0.5 · three and more bare digits are read one by one.
    """
    if text in _SPECIAL:
        return Quantity(*_SPECIAL[text])
    if not _VALID.fullmatch(text):
        return None
    text = text.replace(",", "")
    if text[0] == "上":
        base = _read(text[1:], _ANY_SOME)
        return Quantity(base.low, base.high * 2) if base else None
    some = _VAGUE_PREFIX.get(text[0], _ANY_SOME)
    return _read(text[1:] if text[0] in _VAGUE_PREFIX else text, some)


def with_more(quantity: Quantity, word: str) -> Quantity:
    """The quantity after 多/余/几 (up to the next round number), 来 (half way there) or 左右/上下 (±10 %)."""
    low, high = quantity
    if word in ("多", "余", "几", "出头"):
        return Quantity(low, tidy(high + _step(high)))
    if word == "来":
        return Quantity(low, tidy(high + _step(high) / 2))
    if word in ("左右", "上下"):
        return Quantity(tidy(low * 0.9), tidy(high * 1.1))
    return quantity


def spoken_digits(text: str) -> str:
    """ASCII digits of a number read out digit by digit (「幺三八零零…」); empty when it is not one."""
    digits = text.translate(_SPOKEN)
    return digits if digits.isascii() and digits.isdigit() else ""


def _step(value: float) -> float:
    """The unit the last significant digit counts: 100 for 200, 10 for 150, 1 for 3 or 12."""
    if value != int(value) or value < 10:
        return 1
    step = 1
    while value % (step * 10) == 0 and step * 10 <= value:
        step *= 10
    return step


class _Sum:
    """Running value of a number read from left to right, once for each end of its range."""

    def __init__(self) -> None:
        self.total = (0.0, 0.0)
        self.section = (0.0, 0.0)
        self.last = 0
        self.zero = False

    def add(self, group: tuple[float, float], unit: int) -> bool:
        """Take one group of digits with its unit; False when the order of units makes no number."""
        if unit >= _BIG:
            section = (self.section[0] + group[0], self.section[1] + group[1])
            self.total = (self.total[0] + section[0] * unit, self.total[1] + section[1] * unit)
            self.section = (0.0, 0.0)
        elif 0 < self.last <= unit:
            return False
        else:
            self.section = (self.section[0] + group[0] * unit, self.section[1] + group[1] * unit)
        self.last, self.zero = unit, False
        return True

    def end(self, group: tuple[float, float]) -> Quantity:
        """The value with the digits after the last unit; tens in 「三百五」, ones in 「三百零五」."""
        unit = self.last // 10 if self.last > 10 and not self.zero else 1
        low, high = (self.total[i] + self.section[i] + group[i] * unit for i in (0, 1))
        return Quantity(tidy(low), tidy(high))


def _read(text: str, some: tuple[int, int]) -> Quantity | None:
    tokens = _TOKENS.findall(text)
    if not any(token in _UNIT for token in tokens):
        return _plain(tokens, some)
    result, digits = _Sum(), list[str]()
    for char in tokens:
        if char not in _UNIT:
            if char in "零〇" and result.last:
                result.zero = True
            else:
                digits.append(char)
            continue
        group = _group(digits, some, after_unit=result.last)
        if group is None:
            return None
        if not digits and (_UNIT[char] < _BIG or not result.last):
            group = (1, 1)
        if not result.add(group, _UNIT[char]):
            return None
        digits = []
    rest = _group(digits, some, after_unit=result.last)
    if rest is None:
        return None
    value = result.end(rest)
    return value if value.high <= _LARGEST else None


def _group(digits: list[str], some: tuple[int, int], *, after_unit: int) -> tuple[float, float] | None:
    """Range of the digits before one unit: none, one, two neighbours (两三) or 几."""
    if not digits:
        return 0, 0
    if digits[-1] in _SOME:
        if len(digits) > 1:
            return None
        return (1, 9) if after_unit == 10 else some
    if len(digits) == 1:
        value = float(_DIGIT[digits[0]]) if digits[0] in _DIGIT else float(digits[0])
        return value, value
    if len(digits) > 2 or not all(digit in _DIGIT for digit in digits):
        return None
    return _neighbours(_DIGIT[digits[0]], _DIGIT[digits[1]])


def _neighbours(first: int, second: int) -> tuple[float, float] | None:
    """「两三」 and 「三五」 are ranges, 「零五」 is 5; other pairs of digits are no quantity."""
    if first == 0:
        return second, second
    if second == first + 1 or (first, second) == (3, 5):
        return first, second
    return None


def _plain(tokens: list[str], some: tuple[int, int]) -> Quantity | None:
    """Digits without a unit: one, a range of two, or a row read one by one (「二零二四」)."""
    if len(tokens) < 3:
        group = _group(tokens, some, after_unit=0)
        return Quantity(tidy(group[0]), tidy(group[1])) if group and group[1] <= _LARGEST else None
    digits = spoken_digits("".join(tokens))
    return Quantity(int(digits), int(digits)) if digits and len(digits) <= 15 else None
