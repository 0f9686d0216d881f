"""Composing three replies: a plan gives the order of parts, the situation picks the phrase of each part."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.content import Content, Phrase, Plan
from bot.core.empathy import grade

MAX_LENGTH = 100
"""Longest reply in code points; judged replies of 20–90 characters win."""
MIN_LENGTH = 12
OPTIONAL_PARTS = ("tip", "praise", "redirect", "close", "echo", "acknowledge", "thank", "own", "answer")
"""Parts that may be left out, in this order, when a reply grows too long."""
SUGGESTIONS = 3
SITUATION_FIT = 9.0
"""A sentence written for exactly this case outranks everything general."""
AGAIN = 3.0
"""Cost of saying a situation's sentence in a second suggestion; a general one is never repeated."""
OF_THE_MATTER = ("commit", "offer", "tip")
"""Parts in which the matter speaks before the move of the turn."""


@dataclass(frozen=True)
class ReplyContext:
    """Everything the composition depends on."""

    step: str
    intent: str
    topic: str
    emotion: str
    intensity: float
    mood: str
    personality: str
    customer_text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    situations: tuple[str, ...] = ()
    seed: str = ""

    @property
    def intents(self) -> frozenset[str]:
        """The message's own intent and the topic of the conversation."""
        return frozenset({self.intent, self.topic})

    @property
    def upset(self) -> bool:
        """Whether feelings come before facts here."""
        return self.mood != "easy" or self.emotion in ("angry", "anxious", "disappointed", "aggrieved")


@dataclass(frozen=True)
class Part:
    """One phrase as it will be said."""

    kind: str
    text: str
    phrase_id: str


@dataclass(frozen=True)
class Suggestion:
    """A reply ready to send, with its parts and the reason it works."""

    text: str
    parts: tuple[Part, ...]
    plan: str
    approach: str
    personality: str
    step: str
    empathy_level: str
    why: str
    principle: str
    score: float


Preference = Callable[[str], float]
"""Learned preference for a phrase id, about −1 .. +1; 0 when nothing is known."""


def compose(
    content: Content, context: ReplyContext, *, preference: Preference = lambda _: 0.0
) -> tuple[Suggestion, ...]:
    """Three different replies, best first; fewer only when the content has too few fitting phrases.

    Deterministic: the same content, situation and preference give the same replies.
    """
    plans = content.plans_for(
        context.step,
        intent=context.intent,
        personality=context.personality,
        mood=context.mood,
        situated=bool(context.situations),
    )
    taken: set[str] = set()
    replies: list[Suggestion] = []
    texts: set[str] = set()
    for round_number in range(2):
        for order, plan in enumerate(plans):
            if len(replies) == SUGGESTIONS:
                break
            parts = _fill(content, plan, context, taken, preference)
            text = "".join(part.text for part in parts)
            if len(text) < MIN_LENGTH or text in texts:
                continue
            texts.add(text)
            taken.update(part.phrase_id for part in parts)
            replies.append(_finish(content, plan, context, parts, preference, order + 3 * round_number))
    return tuple(sorted(replies, key=lambda r: -r.score))


def _finish(
    content: Content,
    plan: Plan,
    context: ReplyContext,
    parts: tuple[Part, ...],
    preference: Preference,
    order: int,
) -> Suggestion:
    text = "".join(part.text for part in parts)
    level = grade(
        content,
        text,
        upset=context.upset,
        customer_text=context.customer_text,
        facts=context.facts,
        parts=frozenset(part.kind for part in parts),
    ).level
    phrases = [content.phrase_by_id[part.phrase_id] for part in parts]
    fit = sum(_fit(phrase, context) for phrase in phrases) / max(1, len(phrases))
    learned = sum(preference(phrase.id) for phrase in phrases) / max(1, len(phrases))
    bonus = {"LL": -5.0, "L": -0.6, "H": 0.3, "HH": 0.8}[level]
    return Suggestion(
        text=text,
        parts=parts,
        plan=plan.id,
        approach=plan.approach,
        personality=context.personality,
        step=context.step,
        empathy_level=level,
        why=plan.why,
        principle=plan.principle,
        score=round(fit / 10 + bonus + learned - 0.25 * order, 3),
    )


def _fill(
    content: Content, plan: Plan, context: ReplyContext, taken: set[str], preference: Preference
) -> tuple[Part, ...]:
    parts: list[Part] = []
    said_slots: set[str] = set()
    for kind in plan.parts:
        phrase = _pick(content, kind, context, taken, parts, said_slots, preference)
        if phrase is None:
            continue
        said_slots |= phrase.slots
        parts.append(Part(kind, phrase.text.format_map(dict(context.facts)), phrase.id))
    for kind in OPTIONAL_PARTS:
        if sum(len(p.text) for p in parts) <= MAX_LENGTH or len(parts) <= 2:
            break
        for part in [p for p in parts if p.kind == kind][:1]:
            parts.remove(part)
    while len(parts) > 1 and sum(len(p.text) for p in parts) > MAX_LENGTH:
        parts.pop()
    return tuple(parts)


def _pick(
    content: Content,
    kind: str,
    context: ReplyContext,
    taken: set[str],
    parts: list[Part],
    said_slots: set[str],
    preference: Preference,
) -> Phrase | None:
    best: tuple[float, str, Phrase] | None = None
    said = "".join(part.text for part in parts)
    said_trigrams = {said[i : i + 3] for i in range(len(said) - 2)}
    fitting = content.candidates(
        kind,
        context.intents,
        context.emotion,
        context.step,
        context.personality,
        context.situations,
    )
    for phrase in fitting:
        if (
            (phrase.id in taken and not phrase.situation)
            or phrase.id in context.used
            or context.intensity < phrase.min_intensity
        ):
            continue
        if not phrase.slots <= context.facts.keys() or phrase.asks in context.facts:
            continue
        # a customer's own word may make a clean phrase hurt
        if phrase.slots and not content.is_clean(phrase.text.format_map(dict(context.facts))):
            continue
        score = _fit(phrase, context) + 3 * preference(phrase.id) - AGAIN * (phrase.id in taken)
        score -= 2.0 * len(phrase.slots & said_slots)
        score -= 1.5 * _overlap(phrase.text, said_trigrams)
        score += 0.9 * _jitter(context.seed, phrase.id)
        key = (score, phrase.id, phrase)
        if best is None or (score, phrase.id) > best[:2]:
            best = key
    return best[2] if best else None


def _fit(phrase: Phrase, context: ReplyContext) -> float:
    """How specific a fitting phrase is: the intent's own substance first, then facts, person and mood."""
    return (
        _situation_fit(phrase, context)
        + (5.0 if context.intent in phrase.intents else 4.0 if phrase.intents else 0.0)
        + 2.0 * (context.personality in phrase.personalities)
        + 1.5 * bool(phrase.emotions)
        + 1.0 * bool(phrase.steps)
        + 0.5 * (phrase.min_intensity > 0)
        + 2.0 * min(2, len(phrase.slots))
    )


def _situation_fit(phrase: Phrase, context: ReplyContext) -> float:
    """With a move and a matter, each leads in its own parts."""
    if not phrase.situation:
        return 0.0
    leading = context.situations[-1 if phrase.part in OF_THE_MATTER else 0]
    return SITUATION_FIT if phrase.situation == leading else SITUATION_FIT - 2.0


def _overlap(text: str, said_trigrams: set[str]) -> int:
    return min(4, sum(text[i : i + 3] in said_trigrams for i in range(len(text) - 2)))


def _jitter(seed: str, phrase_id: str) -> float:
    """0..1, fixed for a conversation and phrase: equal phrases take turns instead of one always winning."""
    return zlib.crc32(f"{seed}:{phrase_id}".encode()) / 0xFFFFFFFF
