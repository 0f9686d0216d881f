"""What the text of a rule entity means: amounts, durations, counts and checked numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final, Optional

from bot.core.entity_dates import Tables, date_value, union
from bot.core.numbers_zh import NUMBER, Quantity, parse_number, spoken_digits, tidy, with_more

ENTITY_KINDS: Final = (
    "nothing",
    "id_card",
    "bank_card",
    "phone",
    "order",
    "amount",
    "date",
    "duration",
    "count",
    "competitor",
    "company",
    "place",
    "product",
    "person",
)
"""Kinds by priority: of two entities of one length the earlier kind stays. ``nothing`` blocks its text."""

Resolver = Callable[[str, Tables], Any]

_MORE = r"(?:多|来|余|几)"
_DASH = r"[-~—–到至]"
_AMOUNT = re.compile(
    rf"(?:¥|rmb|cny|人民币)?(?P<low>{NUMBER})(?P<more>{_MORE}?)"
    rf"(?:{_DASH}(?P<high>{NUMBER})(?P<more2>{_MORE}?))?(?P<unit>块|元|圆|角|毛|分|rmb|cny|人民币|大洋)?"
    rf"(?P<part>{NUMBER})?(?P<part_unit>角|毛|分)?(?P<cent>[0-9一二两三四五六七八九])?分?"
    r"钱?(?:人民币)?(?P<about>多|出头|左右|上下)?"
)
_YUAN: Final[dict[str, float]] = {"角": 0.1, "毛": 0.1, "分": 0.01}
_CHINESE_BLANK = re.compile(r"(?<![!-~]) | (?![!-~])")
_READ_OUT = re.compile(r"[零〇一幺二三四五六七八九]{3,}")
"""A number read digit by digit is a phone or card number, never a sum."""
_DURATION = re.compile(
    rf"(?P<near>[^0-9]{{0,3}}?)(?P<low>{NUMBER})(?P<more>{_MORE}?)(?:{_DASH}(?P<high>{NUMBER}))?整?"
    rf"(?:个(?P<more2>{_MORE})?)?"
    r"(?P<half>半)?(?P<unit>[^0-9半多]+?)(?P<half2>半)?(?P<about>多|出头|左右|上下)?"
)
_COMPOUND = re.compile(rf"(?P<first>.*?小时|.*?钟头)零?(?P<minutes>{NUMBER})(?:分钟|分)")
_COUNT = re.compile(rf"第?(?P<number>{NUMBER})(?P<more>{_MORE}?)[^0-9]{{1,2}}")
_SEPARATORS = str.maketrans("", "", " -()+:：")
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(r"(?:(?:00)?86)?((?:0(?:10|2[0-9]|[3-9][0-9]{2}))?[2-9][0-9]{6,7})")
_ID = re.compile(r"[1-9][0-9]{16}[0-9x]|[1-9][0-9]{14}")
_REGION = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-6]")
_CARD = re.compile(r"(?:[34569]|2[2-7])[0-9]{11,18}")
_ORDER = re.compile(r"(?=.*[0-9])[a-z0-9](?:[a-z0-9\-_]*[a-z0-9])?")
_COMPANY_ID = re.compile(r"[159][1-9][0-9]{6}[0-9a-z]{10}")
"""GB 32100: the unified social credit identifier, a company's tax number."""
_DOUBLED = str.maketrans("0123456789", "0246813579")
_MAX_LENGTH: Final = 48
"""Longer texts are nothing a resolver knows; also bounds the work of its expressions."""
_LARGEST_AMOUNT: Final = 1e8
_LONGEST: Final = 100 * 365 * 86_400


def entity_value(kind: str, text: str, tables: Tables) -> Any:
    """The value of an entity.

    Args:
        kind: one of :data:`ENTITY_KINDS`.
        text: its text, normalised.
        tables: the word tables of the kind.

    Returns:
        amount ``{"low", "high", "unit": "CNY"}``, duration ``{"seconds_low", "seconds_high"}``, count
        ``{"n"}`` (None for 好几次), a date token (:func:`bot.core.entity_dates.date_value`), else a string.
        None when the text is not of this kind after all: a card number that fails its check, the 32nd of a
        month. Never raises.
    """
    resolver = _RESOLVERS.get(kind)
    if resolver is None:
        return _CHINESE_BLANK.sub("", text)
    return resolver(text, tables) if len(text) <= _MAX_LENGTH else None


def _amount(text: str, tables: Tables) -> Optional[dict[str, Any]]:
    match = _AMOUNT.fullmatch(text.replace(" ", ""))
    low = parse_number(match["low"]) if match else None
    if match is None or low is None or _READ_OUT.fullmatch(match["low"]):
        return None
    value = with_more(low, match["more"])
    if match["high"]:
        upper = parse_number(match["high"])
        if upper is None or upper.high < low.low:
            return None
        value = Quantity(low.low, with_more(upper, match["more2"]).high)
    value = value.times(_YUAN.get(match["unit"] or "", 1))
    if match["part"]:
        part = _part(match)
        if part is None:
            return None
        value = Quantity(tidy(value.low + part), tidy(value.high + part))
    value = with_more(value, match["about"] or "")
    if not 0 < value.high <= _LARGEST_AMOUNT:
        return None
    return {"low": value.low, "high": value.high, "unit": "CNY"}


def _part(match: re.Match[str]) -> float | None:
    """The part after the unit in yuan: 「块8」 .8, 「块85」 .85, 「块8毛5」 .85, 「毛5」 .05."""
    part = parse_number(match["part"])
    if match["unit"] is None or part is None or not part.exact or part.low >= 100:
        return None
    small = match["unit"] in _YUAN
    if match["part_unit"]:
        value = part.low * _YUAN[match["part_unit"]]
        cent = parse_number(match["cent"]) if match["cent"] else None
        return value + (cent.low * 0.01 if cent else 0)
    if match["cent"] or part.low >= 10 and small:
        return None
    return part.low * (0.01 if small or part.low >= 10 else 0.1)


def _duration(text: str, tables: Tables) -> Optional[dict[str, Any]]:
    text = text.replace(" ", "")
    if text in tables.get("fixed", {}):
        low, _, high = str(tables["fixed"][text]).partition("-")
        return {"seconds_low": int(low), "seconds_high": int(high or low)}
    extra = 0.0
    if compound := _COMPOUND.fullmatch(text):
        minutes = parse_number(compound["minutes"])
        if minutes is None or not minutes.exact or minutes.low > 90:
            return None
        text, extra = compound["first"], minutes.low * 60
    value = _seconds(text, tables)
    if value is None or not 0 < value.high + extra <= _LONGEST:
        return None
    return {"seconds_low": tidy(value.low + extra), "seconds_high": tidy(value.high + extra)}


def _seconds(text: str, tables: Tables) -> Quantity | None:
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    unit = union(tables, "unit").get(match["unit"])
    low = parse_number(match["low"])
    near = tables.get("near", {}).get(match["near"], 1 if not match["near"] else None)
    if unit is None or low is None or near is None or match["unit"] == "年" and low.low >= 1900:
        return None
    value = with_more(low, match["more"] or match["more2"] or "")
    if match["high"]:
        upper = parse_number(match["high"])
        if upper is None or upper.high < low.low:
            return None
        value = Quantity(low.low, upper.high)
    half = 0.5 if match["half"] or match["half2"] else 0
    value = with_more(Quantity(value.low + half, value.high + half), match["about"] or "")
    value = value.times(float(unit))
    return Quantity(tidy(value.low * float(near)), value.high)


def _count(text: str, tables: Tables) -> Optional[dict[str, Any]]:
    match = _COUNT.fullmatch(text.replace(" ", ""))
    if match is None:  # 多少次, n遍
        return {"n": None}
    value = parse_number(match["number"])
    if value is None or value.high > 10_000 or value.low != int(value.low) or value.high < 1:
        return None
    return {"n": int(value.low) if value.exact and not match["more"] else None}


def _phone(text: str, tables: Tables) -> str | None:
    digits = text.translate(_SEPARATORS)
    digits = spoken_digits(digits) or digits
    match = _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)
    return match[1] if match else None


def _id_card(text: str, tables: Tables) -> str | None:
    digits = text.translate(_SEPARATORS)
    if not _ID.fullmatch(digits) or not _REGION.match(digits):
        return None
    born = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    try:
        date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return None
    return digits.upper() if "1900" <= born[:4] <= "2099" else None


def _bank_card(text: str, tables: Tables) -> str | None:
    digits = text.translate(_SEPARATORS)
    return digits if _CARD.fullmatch(digits) and _luhn(digits) else None


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    summands = digits[-1::-2] + digits[-2::-2].translate(_DOUBLED)
    return sum(map(int, summands)) % 10 == 0


def _order(text: str, tables: Tables) -> str | None:
    code = text.replace(" ", "")
    enough = 2 * sum(char.isdigit() for char in code) >= len(code)  # wh1000xm4 is a model
    if not enough or not _ORDER.fullmatch(code) or not code.isdigit() and _COMPANY_ID.fullmatch(code):
        return None
    return code.upper()


_RESOLVERS: Final[dict[str, Resolver]] = {
    "amount": _amount,
    "duration": _duration,
    "count": _count,
    "phone": _phone,
    "id_card": _id_card,
    "bank_card": _bank_card,
    "order": _order,
    "date": date_value,
}
