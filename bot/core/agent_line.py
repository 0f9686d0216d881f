"""Understanding what an agent's line does: the steps it performs, what it asks and what it promises."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.content import Content, search

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
    "thank": "thank",
    "confirm": "confirm",
}
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")


@dataclass(frozen=True)
class AgentLine:
    """Steps (K15/K19 names) with the sentence that shows each, whether it asks, and its promises."""

    steps: dict[str, str]
    asks: bool
    hangs_up: bool
    promises: tuple[dict[str, str], ...]


def read_agent_line(content: Content, text: str) -> AgentLine:
    """Read one agent line with the ``agent_line`` and ``promise_time`` signals of the content."""
    hits = search(content.signals.get("agent_line", ()), text)
    steps: dict[str, str] = {}
    for hit in hits:
        step = STEP_OF_LABEL.get(hit.rule.label)
        if step:
            steps.setdefault(step, sentence_at(text, hit.start))
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
    )


def sentence_at(text: str, position: int) -> str:
    """The sentence of ``text`` around a position."""
    for match in _SENTENCE.finditer(text):
        if match.start() <= position < match.end():
            return match.group().strip()
    return text.strip()
