"""Compiled service content: what ``bot.knowledge`` reads from YAML and the core works with."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.core.labels import NEUTRAL

_FORMATTER = string.Formatter()
_PLAIN = frozenset({"driver", "amiable", "analytical"})
MAX_CASES = 20_000
"""Cases whose fitting phrases are kept; a bound, not a tuning knob."""


_Case = tuple[str, frozenset[str], str, str, str, tuple[str, ...]]


def slots_of(text: str) -> frozenset[str]:
    """Names of the ``{slot}`` fields in a phrase text. Raises ValueError on a stray brace."""
    return frozenset(name for _, name, _, _ in _FORMATTER.parse(text) if name is not None)


@dataclass(frozen=True)
class Phrase:
    """One sentence of a reply. Empty selectors fit everything."""

    id: str
    part: str
    text: str
    slots: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    emotions: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    personalities: frozenset[str] = frozenset()
    min_intensity: float = 0.0
    situation: str = ""
    asks: str = ""
    owner: str = ""
    since: str = ""

    def fits(self, *, intents: frozenset[str], emotion: str, step: str, personality: str) -> bool:
        """Whether every selector admits the case; ``intents`` are the message's own and the topic.

        To a customer whose personality is not determined, a situation's sentences for a reserved or a resolute
        one may be said too: they bring other facts, not another manner.
        """
        return (
            (not self.intents or bool(intents & self.intents))
            and (not self.emotions or emotion in self.emotions)
            and (not self.steps or step in self.steps)
            and (
                not self.personalities
                or personality in self.personalities
                or (personality == NEUTRAL and bool(self.situation) and bool(_PLAIN & self.personalities))
            )
        )


@dataclass(frozen=True)
class Plan:
    """Order of parts for one approach to one step (K8), with the principle (K10) behind it."""

    id: str
    step: str
    approach: str
    parts: tuple[str, ...]
    why: str
    principle: str
    personalities: frozenset[str] = frozenset()
    moods: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    situated: bool = False

    def specificity(self, *, intent: str, personality: str, mood: str, situated: bool = False) -> int:
        """-1 when the plan does not fit, else how many selectors match; a plan for situations beats the others."""
        if self.situated and not situated:
            return -1
        total = 10 * self.situated
        for selector, value in (
            (self.intents, intent),
            (self.personalities, personality),
            (self.moods, mood),
        ):
            if selector and value not in selector:
                return -1
            total += bool(selector)
        return total


@dataclass(frozen=True)
class Rule:
    """A pattern over text with its exceptions; ``label`` is what a hit means."""

    id: str
    label: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    weight: float = 1.0
    note: str = ""
    severity: str = "info"
    suggestion: str = ""
    principle: str = ""
    flagged: tuple[str, ...] = ()
    clean: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """Where a rule matched: code-point offsets into the searched text."""

    rule: Rule
    text: str
    start: int
    end: int


def search(rules: tuple[Rule, ...], text: str) -> tuple[Hit, ...]:
    """All rule hits in ``text``, in order of place; the first match of each rule counts.

    A match that overlaps a match of the rule's ``unless`` is an allowed use and is passed over.
    """
    hits: list[Hit] = []
    for rule in rules:
        allowed: list[tuple[int, int]] | None = None
        for found in rule.pattern.finditer(text):
            if rule.unless is not None:
                if allowed is None:
                    allowed = [m.span() for m in rule.unless.finditer(text)]
                if any(start < found.end() and found.start() < end for start, end in allowed):
                    continue
            hits.append(Hit(rule, found.group(), found.start(), found.end()))
            break
    return tuple(sorted(hits, key=lambda h: (h.start, h.end, h.rule.id)))


@dataclass(frozen=True)
class Need:
    """Which layer of need a kind of message shows (K2) and a question that opens the next layer."""

    layer: str
    basic_need: str
    motive: str
    question: str


@dataclass(frozen=True)
class ServiceSituation:
    """What a veteran knows about one kind of case below the intents: how to find it and what it needs.

    Its sentences are phrases with ``situation`` set to ``id``.
    """

    id: str
    name: str
    family: str
    intents: frozenset[str]
    need: str
    cue: re.Pattern[str] | None
    examples: tuple[str, ...]
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """The whole library, validated."""

    phrases: tuple[Phrase, ...]
    plans: tuple[Plan, ...]
    lint_rules: tuple[Rule, ...]
    signals: Mapping[str, tuple[Rule, ...]]
    needs: Mapping[str, Need]
    names: Mapping[str, Mapping[str, str]]
    principles: Mapping[str, str]
    situations: Mapping[str, ServiceSituation] = field(default_factory=dict)

    @cached_property
    def phrases_of(self) -> Mapping[tuple[str, str], tuple[Phrase, ...]]:
        """Phrases by situation (empty for the general ones) and part."""
        groups: dict[tuple[str, str], list[Phrase]] = {}
        for phrase in self.phrases:
            groups.setdefault((phrase.situation, phrase.part), []).append(phrase)
        return {key: tuple(items) for key, items in groups.items()}

    @cached_property
    def phrase_by_id(self) -> Mapping[str, Phrase]:
        """Phrases by id."""
        return {phrase.id: phrase for phrase in self.phrases}

    @cached_property
    def phrase_id_by_text(self) -> Mapping[str, str]:
        """Ids of the phrases without slots by their wording."""
        return {phrase.text: phrase.id for phrase in self.phrases if not phrase.slots}

    def candidates(
        self,
        part: str,
        intents: frozenset[str],
        emotion: str,
        step: str,
        personality: str,
        situations: tuple[str, ...] = (),
    ) -> tuple[Phrase, ...]:
        """Phrases of a part that fit, general and of ``situations``; kept, because the same cases recur."""
        key = (part, intents, emotion, step, personality, situations)
        found = self._candidates.get(key)
        if found is None:
            found = tuple(
                p
                for situation in ("", *situations)
                for p in self.phrases_of.get((situation, part), ())
                if p.fits(intents=intents, emotion=emotion, step=step, personality=personality)
            )
            if len(self._candidates) < MAX_CASES:
                self._candidates[key] = found
        return found

    def is_clean(self, text: str) -> bool:
        """Whether no draft rule of severity ``error`` hits; kept, because the same sentences recur."""
        known = self._clean.get(text)
        if known is None:
            known = not any(hit.rule.severity == "error" for hit in search(self.lint_rules, text))
            if len(self._clean) < MAX_CASES:
                self._clean[text] = known
        return known

    @cached_property
    def _clean(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _candidates(self) -> dict[_Case, tuple[Phrase, ...]]:
        return {}

    def plans_for(
        self, step: str, *, intent: str, personality: str, mood: str, situated: bool = False
    ) -> tuple[Plan, ...]:
        """The best fitting plan of each approach to ``step``, in file order."""
        best: dict[str, tuple[int, Plan]] = {}
        for plan in self.plans:
            if plan.step != step:
                continue
            fit = plan.specificity(intent=intent, personality=personality, mood=mood, situated=situated)
            if fit >= 0 and (plan.approach not in best or fit > best[plan.approach][0]):
                best[plan.approach] = (fit, plan)
        return tuple(plan for _, plan in best.values())

    def name(self, kind: str, key: str) -> str:
        """Chinese display name of a label, or the label itself."""
        return self.names.get(kind, {}).get(key, key)
