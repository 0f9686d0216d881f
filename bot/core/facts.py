"""The customer's own facts in the form a reply can say them back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.analysis import Entity

_WAITING = re.compile(
    r"等|排|拖|催|没人|没到|没发|没动|没收到|没消息|没回|没处理|不处理|不发|还不|还没|打不通|没信号|没网"
)
_OWN_SIDE = re.compile(
    r"自己算|我算|应该|说好|原价|标价|套餐|之前|本来|承诺|宣传|应收|平时|以前|正常|往常|一般"
)
_BILL_SIDE = re.compile(r"账单|帐单|扣|收了|收我|变成|结果|实际|要我|却|竟然|居然|给我算")
_DIGITS = re.compile(r"\d+|[一二两三四五六七八九十]+")
_PLAIN_COUNT = re.compile(r"([一二两三四五六七八九十]|\d{1,2})(次|回|遍|趟)")
_SLOT_OF_KIND = {
    "product": "product",
    "place": "place",
    "competitor": "competitor",
    "date": "date",
    "person": "name",
}
_FAILED = re.compile(r"(?:坏|断|掉|死机|卡|停|漏|黑屏|重启|闪退)[了过]?$")
"""「这都三次了」 is the third time they turn to us, 「坏两回」 is not."""
_NOT_PAST = ("0d", "0w", "0m", "0y", "+", "soon")
_WINDOW = 10
_MAX_LENGTH = 12


def facts_of(text: str, entities: Iterable[Entity]) -> dict[str, str]:
    """Slots a phrase may use, from the entities of one message (newest message wins, first entity of a kind).

    A duration is a ``wait`` only beside words of waiting (「用了三天」 is not a wait). Two amounts become
    ``expected``/``actual`` when the words around them say which is which.
    """
    facts: dict[str, str] = {}
    amounts: list[Entity] = []
    for entity in entities:
        said = entity.text.strip(" ，,。.！!？?")
        if not said or len(said) > _MAX_LENGTH and entity.kind != "order":
            continue
        if entity.kind == "duration":
            spoken = _spoken_duration(said)
            if spoken and _WAITING.search(_around(text, entity)):
                facts.setdefault("wait", spoken)
        elif entity.kind == "count":
            ordinal = _ordinal(said)
            if ordinal and not _FAILED.search(text[: entity.start]):
                facts.setdefault("count", ordinal)
        elif entity.kind == "amount":
            amounts.append(entity)
        elif entity.kind == "order":
            facts.setdefault("order", "尾号" + said[-4:])
        elif entity.kind == "date" and str(entity.value).startswith(_NOT_PAST):
            continue  # replies say a date back as the time since when; 「今天必须换」 is a deadline
        elif entity.kind in _SLOT_OF_KIND:
            facts.setdefault(_SLOT_OF_KIND[entity.kind], said)
    facts.update(_amount_facts(text, amounts))
    return facts


def _around(text: str, entity: Entity) -> str:
    return text[max(0, entity.start - _WINDOW) : entity.end + _WINDOW]


def _spoken_duration(said: str) -> str:
    return said[:-1] if said.endswith("了") else said


def _ordinal(said: str) -> str:
    """「第三次」 as it is; 「三次」/「3遍」 as the third time; a single 「一次」 says nothing."""
    if said.startswith("第"):
        return said if _DIGITS.search(said) and not said.startswith(("第一", "第1次")) else ""
    plain = _PLAIN_COUNT.fullmatch(said)
    if plain is None or plain.group(1) in ("一", "1"):
        return ""
    number = "二" if plain.group(1) == "两" else plain.group(1)
    return f"第{number}次"


def _amount_facts(text: str, amounts: list[Entity]) -> dict[str, str]:
    facts: dict[str, str] = {}
    if not amounts:
        return facts
    for entity in amounts:
        before = text[max(0, entity.start - 8) : entity.start]
        if len(amounts) >= 2 and "expected" not in facts and _OWN_SIDE.search(before):
            facts["expected"] = _money(entity.text)
        elif len(amounts) >= 2 and "actual" not in facts and _BILL_SIDE.search(before):
            facts["actual"] = _money(entity.text)
    if not {"expected", "actual"} <= facts.keys():
        facts.pop("expected", None)
        facts.pop("actual", None)
        facts["amount"] = _money(amounts[0].text)
    return facts


def _money(said: str) -> str:
    """Amounts end in a unit when spoken back: 「多扣300」 is answered with 「300元」."""
    return said if re.search(r"[块元角分钱币]|rmb|RMB", said) else f"{said}元"
