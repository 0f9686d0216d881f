"""Understanding what an agent's line does: the steps it performs, what it asks and what it promises."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.content import Content, Hit, search

STEP_OF_LABEL = {
    "accept": "accept",
    "own": "accept",
    "apology": "calm",
    "calm": "calm",
    "feeling": "calm",
    "ask_open": "clarify",
    "ask_closed": "clarify",
    "resolve": "resolve",
    "act": "act",
    "done": "act",
    "thank": "thank",
    "confirm": "confirm",
}
_LOOKING = re.compile(r"查|核|看一下|看看|了解|翻|问一下|调记录|调出")
_DOING = re.compile(
    r"提交|办|退|换|寄|补|安排|派|转|升级|登记|申请|开通|取消|上门|修|发|打给|回您|告诉您|报给"
)
"""Promising to look into a matter takes it on; promising to do something about it acts."""
_OPTIONS = re.compile(r"或者|也可以|要么|要不|两个办法|两种办法|您选|您看哪")
"""What is offered for choice is not yet done."""
_TELLS = frozenset({"resolve", "act", "done", "answer"})
_TELLS_NOTHING = frozenset(
    {"apology", "thank", "close", "ask_open", "ask_closed", "confirm", "feeling", "calm", "accept", "own"}
    | {"wait", "refuse", "cold", "redirect", "unsure", "vague", "blame", "hang_up"}
)
_MARKS = {
    "done": "done",
    "refuse": "refused",
    "cold": "refused",
    "unsure": "unsure",
    "redirect": "redirected",
    "vague": "vague",
    "wait": "waiting",
    "blame": "blamed",
    "hang_up": "hung_up",
}
"""Signal labels that say how the matter fares."""
_PIECE = re.compile(r"(?:[^。！？!?；;\n .]|\.(?=[A-Za-z0-9]))+[。！？!?；;.]?")
_MANNERS = re.compile(
    r"\[[^\]]{0,20}\]|#E-s\S*|[您你]好|亲爱的?|亲|在的|好的|嗯|收到|哦|呢|哈|呀|的|了|[^\w\u4e00-\u9fff]"
)
_ASKING = re.compile(r"[?？]\s*$|[吗么]$")
_LEAST = 4
"""Letters a piece of a line needs, manners left out, to tell the customer something."""
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")


@dataclass(frozen=True)
class LineMark:
    """How a line moves the matter: ``kind``, the words that show it, why it counts, a better wording if there is one."""

    kind: str
    text: str
    why: str = ""
    suggestion: str = ""


@dataclass(frozen=True)
class AgentLine:
    """Steps (K15/K19 names) with the sentence that shows each, whether it asks, and its promises.

    ``tells``: the first piece of it that tells the customer something: an answer, a way, a result; else empty.
    """

    steps: dict[str, str]
    asks: bool
    hangs_up: bool
    promises: tuple[dict[str, str], ...]
    marks: tuple[LineMark, ...] = ()
    tells: str = ""


def read_agent_line(content: Content, text: str) -> AgentLine:
    """Read one agent line with the ``agent_line`` and ``promise_time`` signals of the content."""
    hits = search(content.signals.get("agent_line", ()), text)
    steps: dict[str, str] = {}
    for hit in hits:
        sentence = sentence_at(text, hit.start)
        step = STEP_OF_LABEL.get(hit.rule.label)
        if hit.rule.label == "act" and _LOOKING.search(sentence) and not _DOING.search(sentence):
            step = "accept"
        if hit.rule.label == "act" and step == "act" and _OPTIONS.search(sentence):
            step = "resolve"
        if step:
            steps.setdefault(step, sentence)
    labels = {hit.rule.label for hit in hits}
    promises = []
    for hit in hits:
        if hit.rule.label == "act":
            sentence = sentence_at(text, hit.start)
            when = search(content.signals.get("promise_time", ()), sentence)
            promises.append({"who": "agent", "what": sentence, "when": when[0].text if when else ""})
    unique = {p["what"]: p for p in promises}
    return AgentLine(
        steps,
        bool(labels & {"ask_open", "ask_closed", "confirm"}) or text.rstrip().endswith(("?", "？")),
        "hang_up" in labels,
        tuple(unique.values()),
        _marks(text, hits),
        _told(text, hits),
    )


def _marks(text: str, hits: tuple[Hit, ...]) -> tuple[LineMark, ...]:
    """One mark of each kind, at its first place."""
    found: dict[str, LineMark] = {}
    for hit in hits:
        kind = _MARKS.get(hit.rule.label)
        if kind and kind not in found:
            found[kind] = LineMark(kind, _piece_at(text, hit.start), hit.rule.note, hit.rule.suggestion)
    return tuple(found.values())


def _told(text: str, hits: tuple[Hit, ...]) -> str:
    """The first piece that tells something: it answers, offers or reports, or it is neither manners nor a question."""
    for piece in _PIECE.finditer(text):
        labels = {h.rule.label for h in hits if h.start < piece.end() and piece.start() < h.end}
        words = piece.group()
        if "redirect" in labels or _ASKING.search(words):
            continue
        if labels & _TELLS or (not labels & _TELLS_NOTHING and len(_MANNERS.sub("", words)) >= _LEAST):
            return words
    return ""


def _piece_at(text: str, position: int) -> str:
    """The piece of ``text`` around a position: chat lines often have spaces or full stops of either width."""
    for match in _PIECE.finditer(text):
        if match.start() <= position < match.end():
            return match.group()
    return text.strip()


def sentences(text: str) -> list[str]:
    """The sentences of a line, stripped."""
    return [match.group().strip() for match in _SENTENCE.finditer(text)]


def sentence_at(text: str, position: int) -> str:
    """The sentence of ``text`` around a position."""
    for match in _SENTENCE.finditer(text):
        if match.start() <= position < match.end():
            return match.group().strip()
    return text.strip()
