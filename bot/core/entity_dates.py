"""Dates and times of day as customers say them, as short tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bot.core.numbers_zh import NUMBER, parse_number

_ISO = re.compile(r"((?:19|20)[0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_CALENDAR = re.compile(
    rf"(?:(?P<year>{NUMBER})年)?(?:(?P<month>{NUMBER})(?:月份?|\.(?=[0-9]{{1,2}}[号日])))?的?"
    rf"(?:(?P<day>{NUMBER})[号日])?"
)
_DOTTED = re.compile(r"(?P<month>[0-9]{1,2})\.(?P<day>[0-9]{1,2})[号日]")
_CLOCK = re.compile(
    rf"(?P<hour>{NUMBER})(?:点钟?|时)(?P<minutes>半|多|[一1]刻|[三3]刻|{NUMBER})?分?"
    r"|(?P<clock>[0-9]{1,2}:[0-9]{2})(?::[0-9]{2})?"
)
_AGO = re.compile(rf"(?P<number>{NUMBER})个?(?P<more>多|来)?(?P<unit>[^0-9]+?)(?:之|以)?(?P<side>前|后)")
_MONTH_END = {"底": "-end", "末": "-end", "初": "-start", "中": "-mid"}
_WEEKDAY: Final = {
    **dict(zip("一二三四五六日", range(1, 8))),
    **dict(zip("123456", range(1, 7))),
    "天": 7,
    "末": 6,
}
_WEEK_NAMES: Final = ("周", "星期", "礼拜")
_QUARTERS: Final = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45, "多": 0}
_EVENING: Final = ("afternoon", "evening", "night")

Tables = Mapping[str, Mapping[str, Any]]
"""The word tables of one kind from the content: name of the table → word → meaning."""


def union(tables: Tables, prefix: str) -> dict[str, Any]:
    """The words of all tables whose name starts with ``prefix``, in one."""
    return {
        word: value
        for name, table in tables.items()
        if name.startswith(prefix)
        for word, value in table.items()
    }


def date_value(text: str, tables: Tables) -> str | None:
    """The token of a date or time; None when there is no such day. Never raises.

    ==================  =============================================================================
    ``2024-05-03``      a full date; ``2024-05`` and ``2024`` for a month and a year
    ``--05-03``         a day of any year (ISO 8601 truncated); ``--05`` a month, ``---03`` a day
    ``-1d`` ``+2w``     so many days, weeks (w), months (m), years (y), hours (h), minutes (min) from now
    ``-1w-5`` ``w5``    Friday of last week; the next or latest Friday
    ``-1m-03``          the 3rd of last month; ``-1y-05-03`` the 3rd of May last year
    ``recent`` ``soon`` a few days, which ones is not said
    ``…T20:00``         with a time of day, ``…Tmorning`` with a part of the day: dawn, morning, noon,
                        afternoon, evening, night
    ==================  =============================================================================

    Args:
        text: the date, normalised.
        tables: ``day…`` (昨天 → ``-1d``), ``whole`` (words that are a date only by themselves: 十一),
            ``part`` (早上 → ``morning``) and ``unit`` (天 → ``d``).
    """
    text = text.replace(" ", "")
    if ago := _AGO.fullmatch(text):
        return _ago(ago, tables.get("unit", {}))
    if text in tables.get("whole", {}):
        return str(tables["whole"][text])
    base, rest = _base(text, union(tables, "day"))
    if base is None:
        return None
    time, valid = _time(rest, tables.get("part", {}))
    return (base + time or None) if valid else None


def _ago(match: re.Match[str], units: Mapping[str, Any]) -> str | None:
    number = parse_number(match["number"])
    unit = units.get(match["unit"])
    if number is None or unit is None or number.high > 10_000:
        return None
    if not number.exact or match["more"]:
        return "recent" if match["side"] == "前" else "soon"
    if number.low == 0.5 and unit == "y":
        number, unit = number.times(12), "m"
    sign = "-" if match["side"] == "前" else "+"
    return f"{sign}{number.low:g}{unit}"


def _base(text: str, days: Mapping[str, Any]) -> tuple[str | None, str]:
    """The day a text starts with, and what follows it; the day is None for a day that does not exist."""
    word = _longest(text, days)
    base, rest = str(days.get(word, "")), text[len(word) :]
    if iso := _ISO.match(rest):
        return _full(*map(int, iso.groups())), rest[iso.end() :]
    if base.endswith("w") or not base:
        weekday = _weekday(rest if base else _without_week_name(rest))
        if weekday:
            return (f"{base}-{weekday}" if base else f"w{weekday}"), _after_weekday(rest, bool(base))
    if base.endswith("y"):
        holiday = _longest(rest, days)
        if str(days.get(holiday, "")).startswith("--"):  # 去年双十一
            return base + str(days[holiday])[1:], rest[len(holiday) :]
    if word and not base.endswith(("m", "y")):
        return base, rest
    dotted = _DOTTED.match(rest)
    found = dotted or _CALENDAR.match(rest)
    if found is None or not found[0]:
        return base, rest
    calendar, rest = _calendar(found, base), rest[found.end() :]
    if calendar and found[0].endswith("月") and rest[:1] in _MONTH_END:
        return calendar + _MONTH_END[rest[0]], rest[1:]
    return calendar, rest


def _longest(text: str, words: Mapping[str, Any]) -> str:
    """The longest of the words a text starts with; empty when it starts with none."""
    return next((text[:size] for size in range(min(len(text), 6), 0, -1) if text[:size] in words), "")


def _without_week_name(text: str) -> str:
    name = next((name for name in _WEEK_NAMES if text.startswith(name)), "")
    return text[len(name) :] if name else ""


def _weekday(text: str) -> int | None:
    return _WEEKDAY.get(text[:1])


def _after_weekday(text: str, named_week: bool) -> str:
    return text[1:] if named_week else _without_week_name(text)[1:]


def _calendar(match: re.Match[str], base: str) -> str | None:
    """Token of year, month and day, each of which may be missing."""
    parts: dict[str, int | None] = {"year": None, "month": None, "day": None}
    for name, said in match.groupdict().items():
        number = parse_number(said) if said else None
        if said and (number is None or not number.exact or number.low != int(number.low)):
            return None
        parts[name] = int(number.low) if number else None
    year, month, day = parts["year"], parts["month"], parts["day"]
    if year is not None and year < 100:
        year += 2000
    if not (month is None or 1 <= month <= 12) or not (day is None or 1 <= day <= 31):
        return None
    if year is not None and month and day:
        return _full(year, month, day)
    tail = "".join(f"-{part:02d}" for part in (month, day) if part)
    if base:
        return base + tail
    if year is not None:
        return f"{year}{tail}" if 1900 <= year <= 2099 and not (day and not month) else None
    return f"-{tail}" if month else f"--{tail}"


def _full(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if 1900 <= year <= 2099 else None
    except ValueError:
        return None


def _time(text: str, parts: Mapping[str, Any]) -> tuple[str, bool]:
    """The time of day a text means (empty text: none), and whether it means one."""
    if not text:
        return "", True
    word = _longest(text, parts)
    part, rest = str(parts.get(word, "")), text[len(word) :].removeprefix("的")
    if not rest:
        return f"T{part}", bool(word)
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return "", False
    if clock["clock"]:
        hour, minute = map(int, clock["clock"].split(":"))
    else:
        spoken = parse_number(clock["hour"])
        minutes = _minutes(clock)
        if spoken is None or not spoken.exact or spoken.low != int(spoken.low) or minutes is None:
            return "", False
        hour, minute = int(spoken.low), minutes
    if hour == 12 and part in ("evening", "night"):
        hour = 24
    if hour < 12 and (part in _EVENING and not (part == "night" and hour < 6) or part == "noon" and hour < 3):
        hour += 12
    return f"T{hour:02d}:{minute:02d}", minute < 60 and (hour < 24 or hour == 24 and not minute)


def _minutes(match: re.Match[str]) -> int | None:
    """Minutes after the hour; a single bare digit is no minute (「八点3次」)."""
    said = match["minutes"]
    if not said:
        return 0
    if said in _QUARTERS:
        return _QUARTERS[said]
    number = parse_number(said)
    if number is None or not number.exact or number.low != int(number.low) or number.low > 59:
        return None
    return int(number.low) if len(said) > 1 or match[0].endswith("分") else None
