"""Masking of personal data in what customers and agents write, before it is stored, logged or shown elsewhere.

Every mask keeps the number of code points, so offsets into the text stay valid, and masking twice changes nothing:
a ``*`` blocks a match as a neighbouring digit does, and what a mask leaves visible never starts a new match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

_PAIRS = {
    **{0xFF10 + i: ord("0") + i for i in range(10)},
    **{0xFF21 + i: ord("A") + i for i in range(26)},
    **{0xFF41 + i: ord("a") + i for i in range(26)},
    **dict(zip(map(ord, "＠．－＿＋（）　\u00a0\t‐‑‒–—−"), map(ord, "@.-_+()" + "   " + "------"))),
}
_WIDE = re.compile("[" + re.escape("".join(map(chr, _PAIRS))) + "]")
_WORTH_A_LOOK = re.compile(r"@|[0-9]{3}")

_START = r"(?<![0-9*])"
_END = r"(?![0-9*])(?!\.[0-9]{2}(?![0-9]))"
"""The end of a number; two decimals after it make it an amount."""
_NOT_LEFT_OVER = r"(?<!\*\*\*[ -])"
"""Not the visible last group of a number masked before (「138 **** 5678」); only four-digit groups can be one."""

_LEFT_OVER = re.compile(r"\*\*\*[ -]\Z")

_EMAIL = re.compile(
    r"(?=[A-Za-z0-9._%+-])(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+(?=@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})",
    re.ASCII,
)
# GB 11643: region, birth date, serial, check character; provinces 11-82, 9x is the card of a foreign resident.
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-6])[0-9][ -]?[0-9]{3}"
_ID = re.compile(
    rf"(?=[1-9]){_START}{_REGION}[ -]?(?:(?:19|20)[0-9]{{2}}[ -]?[01][0-9][ -]?[0-3][0-9][ -]?[0-9]{{3}}[0-9Xx]"
    rf"|[0-9]{{2}}[01][0-9][0-3][0-9][ -]?[0-9]{{3}}){_END}"
)
_DIGIT_RUN = re.compile(rf"{_START}[0-9]+(?:[ -][0-9]+)*{_END}")
_SEPARATED = re.compile("[ -]")
_GROUP = re.compile(r"[0-9]+")
_CARD_FIRST = re.compile(r"[34569]|2[2-7]")
"""ISO/IEC 7812 issuers of bank cards; 20231121… is an order number."""
_MOBILE = re.compile(
    rf"(?=[018(+]){_START}(?:(?:\(?(?:\+|00)?86\)?[ -]?|0)(?=1))?(?P<number>1[3-9][0-9][ -]?[0-9]{{4}}[ -]?[0-9]{{4}}"
    rf"|1[3-9][0-9][ -][0-9]{{3}}[ -][0-9]{{5}}|{_NOT_LEFT_OVER}1[3-9][0-9]{{2}}[ -][0-9]{{3}}[ -][0-9]{{4}}){_END}"
)
_LANDLINE = re.compile(
    rf"(?=[0(+]){_START}(?:(?:\+|00)86[ -]?\(?0?|\(?0)"
    rf"(?:(?:10|2[0-9])(?:\)[ -]?|[ -]|(?=[2-8]))(?P<eight>[1-9][0-9]{{3}}[ -]?[0-9]{{4}})"
    rf"|(?<!\*\*\*[ -]0)[3-9][0-9]{{2}}(?:\)[ -]?|[ -]|(?=[2-8]))(?P<local>[1-9][0-9]{{2,3}}[ -]?[0-9]{{4}})){_END}"
)
_DOUBLED = str.maketrans("0123456789", "0246813579")
_ORDER_LABELS = (
    "单号",
    "单编号",
    "单号码",
    "流水号",
    "快递号",
    "序列号",
    "imei",
    "order",
    "order no",
    "order number",
)
_CODE_PREFIX = re.compile(
    r"(?<![A-Za-z])(?!(?:tel|ph|call|cell|mob|mp?|t|[wv]x|v|qq|dh|sjh?|id|no|sfz|card|kh|yhk|zfb|com|cn|net)\Z)"
    r"[A-Za-z]{1,4}\Z",
    re.IGNORECASE,
)
"""Short letters touching a number begin a tracking or order number (SF, YT, JD), unless they name a contact."""


def mask(text: str) -> str:
    """The text with personal numbers and addresses hidden; as many code points as before, never raises.

    Hidden: mobile numbers (``138****5678``), landlines with area code, 18- and 15-digit ID numbers (first 3 and
    last 2 stay), bank cards that pass Luhn (last 4 stay), e-mail addresses (first letter and domain stay).
    """
    plain = text.translate(_PAIRS) if _WIDE.search(text) else text
    if not _WORTH_A_LOOK.search(plain):
        return text
    masked = plain
    if "@" in masked:
        masked = _EMAIL.sub(_hide_email, masked)
    for pattern, hide in _NUMBERS:
        masked = pattern.sub(hide, masked)
    if masked == plain:
        return text
    return masked if plain is text else "".join(m if m == "*" else t for m, t in zip(masked, text))


def mask_deep(value: Any) -> Any:
    """A JSON-like value with ``mask`` applied to every string and to integers that are a personal number.

    Values under ``id``, ``*_id`` and ``*_ids`` are keys, not prose, and stay. Tuples come back as lists.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: item if _is_key(key) else mask_deep(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask_deep(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and 10**10 <= value < 10**19:
        digits = str(value)
        return value if (hidden := mask(digits)) == digits else hidden
    return value


def _is_key(name: object) -> bool:
    return isinstance(name, str) and (name in ("id", "ids") or name.endswith(("_id", "_ids")))


def _hide(text: str, first: int, last: int) -> str:
    """Star all but the ``first`` and ``last`` characters; blanks and dashes stay and do not count."""
    if not _SEPARATED.search(text):
        return text[:first] + "*" * (len(text) - first - last) + text[len(text) - last :]
    places = [i for i, char in enumerate(text) if char not in " -"]
    hidden = set(places[first : len(places) - last])
    return "".join("*" if i in hidden else char for i, char in enumerate(text))


def _hide_email(match: re.Match[str]) -> str:
    local = match[0]
    return "*" if len(local) == 1 else local[0] + "*" * (len(local) - 1)


def _hide_id(match: re.Match[str]) -> str:
    digits = match[0].replace(" ", "").replace("-", "")
    born = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    try:
        date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return match[0]
    return match[0] if _is_order(match.string, match.start()) else _hide(match[0], 3, 2)


def _hide_mobile(match: re.Match[str]) -> str:
    if _has_code_prefix(match.string, match.start()):
        return match[0]
    return _hide_group(match, "number", first=3)


def _hide_landline(match: re.Match[str]) -> str:
    if _has_code_prefix(match.string, match.start()):
        return match[0]
    return _hide_group(match, "eight" if match["eight"] else "local", first=0)


def _hide_group(match: re.Match[str], group: str, *, first: int) -> str:
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + _hide(match[group], first, 4) + match[0][end:]


def _hide_cards(match: re.Match[str]) -> str:
    """Star every card in a run of digit groups; neighbours that belong to no card stay as they are."""
    run = match[0]
    if len(run) < 13 or run.isdigit() and not _CARD_FIRST.match(run):
        return run
    parts, done = [], 0
    for start, end in _cards(run, match.string, match.start()):
        parts += [run[done:start], _hide(run[start:end], 0, 4)]
        done = end
    return "".join(parts) + run[done:]


def _cards(run: str, text: str, offset: int) -> Iterator[tuple[int, int]]:
    groups = [found.span() for found in _GROUP.finditer(run)]
    done = 0
    for index, (start, end) in enumerate(groups):
        if start < done or end - start < 4 or not _CARD_FIRST.match(run, start):
            continue
        if index == 0 and end == 4 and _LEFT_OVER.search(text[max(0, offset - 4) : offset]):
            continue
        if (card_end := _card_end(run, groups[index:])) and not _is_order(text, offset + start):
            done = card_end
            yield start, card_end


def _card_end(run: str, groups: list[tuple[int, int]]) -> int:
    """End of the longest card that starts with the first group and is made of whole groups; 0 when there is none."""
    digits, best = "", 0
    for start, end in groups:
        digits += run[start:end]
        if len(digits) > 19:
            break
        if len(digits) >= 13 and _luhn(digits):
            best = end
        if end - start < 3:
            break  # only the last group of a card is that short
    return best


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    summands = digits[-1::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(summands.encode()) - ord("0") * len(digits)) % 10 == 0


def _is_order(text: str, start: int) -> bool:
    """Whether words or letters before the number say that it is an order, tracking or serial number."""
    before = text[max(0, start - 24) : start].rstrip(" 是为:：#.").lower()
    return before.endswith(_ORDER_LABELS) or _has_code_prefix(text, start)


def _has_code_prefix(text: str, start: int) -> bool:
    before = text[max(0, start - 5) : start]
    return before[-1:].isascii() and bool(_CODE_PREFIX.search(before))


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ID, _hide_id),
    (_DIGIT_RUN, _hide_cards),
    (_MOBILE, _hide_mobile),
    (_LANDLINE, _hide_landline),
)
