"""Surface signals of a message: its kind, punctuation and the agent's question before it."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

_URL = re.compile(r"https?://|www\.|\.(?:com|cn|net|html)\b")
_PLACEHOLDER = re.compile(r"\[[^\[\]]{1,12}\]|#e-s")
_ORDER = re.compile(r"(?:[a-z]{0,4}\d{8,}[a-z]?)|订单号|订单编号|单号|orderid")
_NUMBERISH = re.compile(r"^[\d\s\-_,.:/xa-z\[\]幺一二三四五六七八九零〇十号尾是]+$")
_EMOTICON = re.compile(
    r"\[(?:怒|抓狂|泪|衰|鄙视|哼|汗|晕|生气|发怒|流泪|委屈|大哭|可怜|微笑|哈哈|赞|鼓掌|爱你|心|玫瑰|ok|good)[^\]]{0,3}\]"
)
_EMOJI = re.compile("[\U0001f300-\U0001faff☀-➿]")
_LETTER_ADDRESS = re.compile(r"[省市区县镇乡村路街道号栋楼单元室弄]")
_QUESTION_WORD = re.compile(
    r"吗|么|呢|啥|什么|怎么|咋|多少|几|哪|谁|为何|为什么|是不是|有没有|能不能|可不可以|行不行|多久|多长"
)
_REQUEST_WORD = re.compile(r"帮我|给我|我要|我想|想要|麻烦|请|能否|可以帮|帮忙")
_AGENT_ASKS = (
    ("order", re.compile(r"订单号|单号|订单|编号")),
    ("contact", re.compile(r"电话|手机号|联系方式|号码|收件人|姓名|地址|邮箱|身份证|密码|验证码")),
    ("when", re.compile(r"什么时候|几点|哪天|日期|时间|多久|多长")),
    ("what", re.compile(r"什么|怎么|哪|具体|描述|截图|图片|型号|原因")),
    ("yes_no", re.compile(r"吗|是不是|是否|对吧|可以么|能否|要不要|需不需要|行不行|好不好|呢")),
    ("anything_else", re.compile(r"其他|别的|还有什么|还有没有|其它|还需要")),
    ("wait", re.compile(r"稍等|等一下|查一下|查询|核实|帮您看|马上|请等")),
    ("offer", re.compile(r"可以|建议|优惠|赠送|办理|推荐|帮您申请|为您")),
    ("closing", re.compile(r"再见|祝您|感谢|谢谢|愉快|满意|评价")),
    ("sorry", re.compile(r"抱歉|对不起|不好意思|见谅|理解")),
    ("greet", re.compile(r"您好|你好|很高兴为|请问有什么")),
)
KINDS = 5
NAMES: tuple[str, ...] = (
    "question_mark", "exclamation", "exclamations", "ellipsis", "question_word", "request_word",
    "url", "placeholder", "order", "numberish", "emoticon", "emoji", "address", "at", "hashtag",
    "latin", "digits", "len_2", "len_4", "len_8", "len_16", "len_40", "len_80", "asr_break", "has_agent",
    *(f"agent_{name}" for name, _ in _AGENT_ASKS),
    *(f"agent_{name}_x{kind}" for name, _ in _AGENT_ASKS for kind in range(KINDS)),
)  # fmt: skip


def _kind(text: str, question: bool) -> int:
    """Coarse kind of the message for crossing with what the agent asked."""
    if question:
        return 0
    if _NUMBERISH.match(text) or _PLACEHOLDER.search(text) or sum(c.isdigit() for c in text) >= 4:
        return 1
    return 2 if len(text) <= 4 else 3 if len(text) <= 12 else 4


def surface(text: str, agent_line: str) -> npt.NDArray[np.float32]:
    """Vector of ``len(NAMES)`` signals, 0..1.

    Args:
        text: the normalised message.
        agent_line: the agent's previous line as typed, empty when unknown.
    """
    length = len(text)
    question = "?" in text or bool(_QUESTION_WORD.search(text))
    base = [
        "?" in text,
        "!" in text,
        "!!" in text,
        "..." in text or "。。" in text or "…" in text,
        bool(_QUESTION_WORD.search(text)),
        bool(_REQUEST_WORD.search(text)),
        bool(_URL.search(text)),
        bool(_PLACEHOLDER.search(text)),
        bool(_ORDER.search(text)),
        bool(_NUMBERISH.match(text)),
        bool(_EMOTICON.search(text)),
        bool(_EMOJI.search(text)),
        len(_LETTER_ADDRESS.findall(text)) >= 3,
        "@" in text,
        text.count("#") >= 2,
        sum(c.isascii() and c.isalpha() for c in text) >= 3,
        sum(c.isdigit() for c in text) / max(1, length),
        length <= 2,
        length <= 4,
        length <= 8,
        length <= 16,
        length > 40,
        length > 80,
        "_" in text or "嗯" in text or "呃" in text,
        bool(agent_line),
    ]
    asks = [bool(pattern.search(agent_line[-120:])) if agent_line else False for _, pattern in _AGENT_ASKS]
    kind = _kind(text, question)
    crossed = [asked and kind == k for asked in asks for k in range(KINDS)]
    return np.asarray([*base, *asks, *crossed], dtype=np.float32)
