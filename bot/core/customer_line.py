"""Understanding how a customer's line bears on the matter: what it asks, how it takes the agent's answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.core import emotion
from bot.core.conversation import Turn

KEPT = 512
"""Newest lines whose reading is kept: a line is read for several scores."""
HOT = 0.5
"""Displeasure below this is grumbling that passes."""

_ASKS = re.compile(
    r"[?？]|吗|么$|啥|咋|什么|怎么|怎样|哪|几(?:天|件|个|点|号|时|级)|多久|多少|多长|何时|为何|是否|能否|谁"
    r"|(?:能|可|会|要|行|好|是|有|对)(?:以)?(?:不|没)(?:能|可|会|要|行|好|是|有|对)"
)
_WISHES = (
    "ask_",
    "request_",
    "dispute_",
    "demand_",
    "report_",
    "complain_",
    "threaten_",
    "place_",
    "modify_",
    "cancel_",
    "urge",
)
_THANKS = re.compile(r"谢|感恩|辛苦[你您了]|麻烦[你您]了")
_PRAISE = re.compile(
    r"服务(?:态度)?(?:真|很|确实|太|非常|特别|挺|也)?(?:的)?(?:好(?!像|差)|不错|棒|到位|周到)|有耐心|好评|点赞|给力|五星|(?<!不)(?<!没)满意"
    r"|(?:[你您]|客服|态度|小妹|妹子|师傅|小哥)[^，。,不没]{0,4}(?:真好|很好|太好|好人|不错|耐心|专业|真棒|负责|贴心|周到|靠谱)"
)
_SOLVED = re.compile(
    r"(?<!没)(?<!不)(?<!没有)(?:恢复|收到|看到|找到|查到|到账|弄好|修好|搞定|解决|成功|明白|清楚|知道|懂|可以用|能用|正常|好)了"
    r"(?![吗么没?？])|(?:已|已经)(?:收到|恢复|到账|解决)(?![^，。,]{0,4}[吗?？])|原来(?:如此|这样|是这样)"
)
_FAILS = re.compile(
    r"还是(?:不|没|一样|老样|这样|无法)|(?:依然|仍然|仍旧|一直)(?:不|没|无法)|不行|没用|没有用|没反应|不管用|不好使"
    r"|试过|试了|(?:登|打|开|查|找|点|连|看|用|发|装|退|改|取消|搜|选择?)不[了到上开出]|没(?:有)?(?:解决|恢复|收到|处理|回复|到账|人)"
    r"|还没(?:有)?(?:解决|处理|收到|好|到|发)|又(?:不|坏|断|掉|没)|没法|不对"
)
_GIVES_UP = re.compile(
    r"算了|好吧|那只(?:有|能|好)|只好|随便[吧你]|懒得|不想(?:说|问|弄|要)|呵呵|无语|失望|没意思|没意义|唉|哎(?!呀)|晕"
)
_SCOFFS = re.compile(r"呵呵|牛[逼比bB叉掰]|真(?:行|有你)|厉害了|搞笑|笑话")
_FINE = ("affirm", "goodbye", "thank_praise")
_PLACEHOLDER = re.compile(r"\[[^\]]{0,20}\]")
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z]")


@dataclass(frozen=True)
class CustomerLine:
    """How one line bears on the matter. ``level`` is its feeling, −3 .. +3; ``heat`` what of it does harm, 0 .. 2.5."""

    level: float
    heat: float
    asks: bool
    thanks: bool
    praises: bool
    solved: bool
    fails: bool
    accepts: bool
    threatens: bool


def read_customer_line(turn: Turn) -> CustomerLine:
    """Read a customer's line with the intent and feeling that its turn carries.

    Thanks in the same breath as a complaint or a wish are manners, and scoffing is not pleasure.
    """
    return _read(turn.text, turn.intent, emotion.level(turn.emotion, turn.intensity))


@lru_cache(maxsize=KEPT)
def _read(text: str, intent: str, level: float) -> CustomerLine:
    fails, scoffs = bool(_FAILS.search(text)), bool(_SCOFFS.search(text))
    if level > 0 and (fails or scoffs):
        level = emotion.VALENCE["disappointed"]
    asks = bool(_ASKS.search(text)) or intent.startswith(_WISHES)
    calm = level > -HOT and not fails
    thanks = calm and bool(_THANKS.search(text)) and not (asks and len(text) > 12)
    return CustomerLine(
        level=level,
        heat=max(0.0, -level - HOT),
        asks=asks and not thanks,
        thanks=thanks,
        praises=calm and level > 0 and bool(_PRAISE.search(text)),
        solved=calm and not asks and bool(_SOLVED.search(text)),
        fails=fails,
        accepts=calm and not asks and intent in _FINE and not _GIVES_UP.search(text),
        threatens=level <= -HOT and intent.startswith("threaten_"),
    )


@lru_cache(maxsize=KEPT)
def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a text, placeholders and punctuation left out."""
    letters = _WORD.findall(_PLACEHOLDER.sub("", text))
    return frozenset(a + b for a, b in zip(letters, letters[1:]))


def says_again(text: str, earlier: list[str]) -> bool:
    """Whether a line says what an earlier one said: seven tenths of the shorter one's pairs are the same."""
    own = pairs(text)
    if len(own) < 3:
        return False
    for other in map(pairs, earlier):
        if len(other) >= 3 and len(own & other) >= 0.7 * min(len(own), len(other)):
            return True
    return False
