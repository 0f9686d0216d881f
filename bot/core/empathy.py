"""Empathy level of a draft (K7): LL hostile, L explains only, H sees the feeling, HH stands in their shoes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.content import Content, search
from bot.core.draft_lint import Finding

HOSTILE = frozenset({"belittle", "price_sarcasm", "accuse", "doubt_honesty", "talk_back"})
COLD = frozenset({"shift_blame", "deny", "rule_pressure", "command", "brush_off"})


@dataclass(frozen=True)
class EmpathyGrade:
    """``level`` and the elements (``feeling``, ``specifics``, ``next_step``) that are missing."""

    level: str
    missing: tuple[str, ...]


def _names_specifics(text: str, customer_text: str, facts: Mapping[str, str]) -> bool:
    """Whether the draft repeats a fact of the customer or at least two content bigrams of their words."""
    if any(len(value) >= 2 and value in text for value in facts.values()):
        return True
    return len(_content_bigrams(text) & _content_bigrams(customer_text)) >= 2


_FUNCTION_WORDS = re.compile(
    "我们|你们|您的|我的|你的|这个|那个|什么|怎么|可以|没有|不是|就是|还是|一下|现在|已经|时候|是不|不能|这边|请问|您好|你好|谢谢"
)


def _content_bigrams(text: str) -> set[str]:
    """Pairs of neighbouring Chinese characters, none of them across or inside a function word."""
    runs = _FUNCTION_WORDS.split(text)
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return {pair for pair in pairs if all("一" <= c <= "鿿" for c in pair)}


def grade(
    content: Content,
    text: str,
    *,
    upset: bool,
    customer_text: str = "",
    facts: Mapping[str, str] | None = None,
    findings: Iterable[Finding] = (),
    parts: frozenset[str] = frozenset(),
) -> EmpathyGrade:
    """Grade a draft against the customer's state. ``parts`` are the kinds of its parts; where they are known, the
    text is not searched for them.

    For an upset customer HH needs all three elements (the feeling named, the customer's own situation named,
    a next step owned), H the feeling; for a calm one the feeling is not asked for.
    """
    families = {f.family for f in findings if f.severity == "error"}
    signals = () if parts else content.signals.get("agent_line", ())
    labels = {hit.rule.label for hit in search(signals, text)}
    feeling = bool(labels & {"calm", "feeling", "apology"} or parts & {"acknowledge", "apologize"})
    specifics = _names_specifics(text, customer_text, facts or {})
    next_step = bool(
        labels & {"act", "own", "resolve", "ask_open", "ask_closed"}
        or parts & {"commit", "own", "offer", "ask_back"}
    )
    missing = tuple(
        name
        for name, present in (
            ("feeling", feeling or not upset),
            ("specifics", specifics),
            ("next_step", next_step),
        )
        if not present
    )
    if families & HOSTILE:
        return EmpathyGrade("LL", missing)
    if families & COLD:
        return EmpathyGrade("L", missing)
    if not missing:
        return EmpathyGrade("HH", missing)
    warm = feeling if upset else bool(labels & {"feeling", "accept", "thank", "own"}) or next_step
    return EmpathyGrade("H" if warm else "L", missing)
