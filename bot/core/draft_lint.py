"""The check of an agent's draft (K9): what hurts, why, and a safer wording, with exact spans."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.content import Content, search
from bot.core.privacy import mask

MAX_DRAFT = 10_000


@dataclass(frozen=True)
class Finding:
    """One underlined span of a draft. Offsets count code points of the draft."""

    rule: str
    family: str
    severity: str
    text: str
    start: int
    end: int
    why: str
    suggestion: str
    principle: str


def lint(content: Content, draft: str) -> tuple[Finding, ...]:
    """All findings in a draft, in order of place, at most one for each rule.

    A finding that lies wholly inside another of the same family is left out: one underline says it.
    """
    found = [
        Finding(
            rule=hit.rule.id,
            family=hit.rule.label,
            severity=hit.rule.severity,
            text=mask(hit.text),
            start=hit.start,
            end=hit.end,
            why=hit.rule.note,
            suggestion=hit.rule.suggestion,
            principle=hit.rule.principle,
        )
        for hit in search(content.lint_rules, draft[:MAX_DRAFT])
    ]
    return tuple(f for f in found if not any(_inside(f, other) for other in found))


def _inside(inner: Finding, outer: Finding) -> bool:
    if inner is outer or inner.family != outer.family:
        return False
    same = (inner.start, inner.end) == (outer.start, outer.end)
    return outer.start <= inner.start and inner.end <= outer.end and (not same or inner.rule > outer.rule)
