"""Cross-reference checks: what no single file can know about itself."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.content import Content, Phrase, search
from bot.core.labels import EMOTIONS, INTENTS, NEUTRAL, PERSONALITIES, STEPS

Problem = tuple[str, str]
"""Record id and message."""

SAMPLE_FACTS = {
    "wait": "20多分钟",
    "amount": "300元",
    "expected": "200元",
    "actual": "500元",
    "count": "第三次",
    "product": "宽带",
    "order": "尾号3021",
    "date": "昨天",
    "place": "城南",
    "competitor": "别家",
    "name": "王女士",
}


def cross_check(content: Content) -> Iterator[Problem]:
    """All contradictions between records; empty when the content holds."""
    yield from _principles(content)
    yield from _rule_examples(content)
    yield from _phrases_pass_lint(content)
    yield from _plans_reachable(content)
    yield from _needs_complete(content)
    yield from _situations_complete(content)


def _principles(content: Content) -> Iterator[Problem]:
    for rule in content.lint_rules:
        if rule.principle not in content.principles:
            yield rule.id, f"{rule.id}: unknown principle '{rule.principle}'"
    for plan in content.plans:
        if plan.principle not in content.principles:
            yield f"plan {plan.id}", f"plan {plan.id}: unknown principle '{plan.principle}'"


def _rule_examples(content: Content) -> Iterator[Problem]:
    for rule in content.lint_rules:
        for text in rule.flagged:
            if not search((rule,), text):
                yield rule.id, f"{rule.id}: does not flag its example '{text}'"
        for text in (*rule.clean, rule.suggestion):
            for hit in search(content.lint_rules, text):
                yield rule.id, f"{rule.id}: clean text '{text}' is flagged by {hit.rule.id} ('{hit.text}')"
    for rules in content.signals.values():
        for rule in rules:
            for text in rule.flagged:
                if not search((rule,), text):
                    yield rule.id, f"{rule.id}: does not fire on its example '{text}'"
            for text in rule.clean:
                if search((rule,), text):
                    yield rule.id, f"{rule.id}: fires on its clean example '{text}'"


def render_sample(phrase: Phrase) -> str:
    """The phrase with sample facts, as the checks and the coverage tools read it."""
    return phrase.text.format_map(SAMPLE_FACTS)


def _phrases_pass_lint(content: Content) -> Iterator[Problem]:
    for phrase in content.phrases:
        text = render_sample(phrase)
        for hit in search(content.lint_rules, text):
            yield phrase.id, f"{phrase.id}: flagged by {hit.rule.id} ('{hit.text}')"
        if phrase.part != "ask_back" and ("？" in text or "?" in text):
            yield phrase.id, f"{phrase.id}: a question outside ask_back"
        if text[-1] not in "。！？～…":
            yield phrase.id, f"{phrase.id}: does not end in sentence punctuation"


def _plans_reachable(content: Content) -> Iterator[Problem]:
    """Every step has three approaches, and every part of a plan has a fact-free phrase for each personality."""
    for step in STEPS:
        for personality in (*PERSONALITIES, NEUTRAL):
            plans = content.plans_for(step, intent="report_fault", personality=personality, mood="easy")
            if len(plans) < 3:
                yield f"plan {step}", f"step '{step}' has {len(plans)} approaches for {personality}, needs 3"
    general = [p for p in content.phrases if not p.slots and not p.intents and not p.situation]
    for plan in (p for p in content.plans if not p.situated):
        for personality in plan.personalities or (*PERSONALITIES, NEUTRAL):
            for part in plan.parts:
                fitting = (
                    p
                    for p in general
                    if p.part == part
                    and (not p.steps or plan.step in p.steps)
                    and (not p.personalities or personality in p.personalities)
                )
                if part in ("ask_back", "commit", "acknowledge", "apologize", "own") and not any(fitting):
                    yield (
                        f"plan {plan.id}",
                        f"plan {plan.id}: no general '{part}' phrase for step '{plan.step}', {personality}",
                    )


def _needs_complete(content: Content) -> Iterator[Problem]:
    for intent in INTENTS:
        if intent not in content.needs:
            yield "needs", f"needs.yml: intent '{intent}' has no need"
    for kind, labels in (("intent", INTENTS), ("emotion", EMOTIONS), ("step", STEPS)):
        for label in labels:
            if label not in content.names.get(kind, {}):
                yield "names", f"names.yml: {kind} '{label}' has no Chinese name"


def _situations_complete(content: Content) -> Iterator[Problem]:
    """A situation can speak to anybody: each kind of sentence once without facts, person or mood."""
    seen: dict[str, str] = {}
    phrases: dict[str, list[Phrase]] = {}
    for phrase in content.phrases:
        phrases.setdefault(phrase.situation, []).append(phrase)
    for situation in content.situations.values():
        for example in situation.examples:
            other = seen.setdefault(example, situation.id)
            if other != situation.id:
                yield situation.id, f"{situation.id}: example '{example}' is also one of {other}"
        if len(set(situation.examples)) < len(situation.examples):
            yield situation.id, f"{situation.id}: an example is there twice"
        own = [p for p in phrases.get(situation.id, ()) if not p.slots]
        plain = [p for p in own if not p.personalities and not p.emotions]
        for part, step in (
            ("answer", "explore"),
            ("ask_back", "explore"),
            ("commit", "explore"),
            ("commit", "action"),
            ("offer", "resolve"),
        ):
            if not any(p.part == part and (not p.steps or step in p.steps) for p in plain):
                yield situation.id, f"{situation.id}: no plain '{part}' sentence for step '{step}'"
