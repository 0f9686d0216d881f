"""Reading the content folder: all files, all errors at once, each as ``path:line``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Optional

from bot.core.content import Content, Need, Phrase, Plan, Rule, slots_of
from bot.knowledge import schema
from bot.knowledge.checks import cross_check
from bot.knowledge.patterns import compiled
from bot.knowledge.reader import CONTENT_DIR, ContentError, ContentProblem, Reader, Source
from bot.knowledge.situations import read_situations


def _compile(pattern: Optional[str]) -> Optional[re.Pattern[str]]:
    return compiled(pattern) if pattern else None


def _read_phrases(reader: Reader) -> list[Phrase]:
    phrases: list[Phrase] = []
    for path in sorted((reader.root / "phrases").rglob("*.yml")):
        parsed = reader.parse(path, schema.PhraseFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].phrases, parsed[1]["phrases"]):
            reader.add_source(record.id, path, raw.line)
            phrases.append(
                Phrase(
                    id=record.id,
                    part=record.part,
                    text=record.text,
                    slots=slots_of(record.text),
                    intents=frozenset(record.intents),
                    emotions=frozenset(record.emotions),
                    steps=frozenset(record.steps),
                    personalities=frozenset(record.personalities),
                    min_intensity=record.min_intensity,
                    owner=record.owner,
                    since=record.since,
                )
            )
    return phrases


def _read_plans(reader: Reader) -> list[Plan]:
    path = reader.root / "plans.yml"
    parsed = reader.parse(path, schema.PlanFile)
    if parsed is None:
        return []
    plans: list[Plan] = []
    for number, (record, raw) in enumerate(zip(parsed[0].plans, parsed[1]["plans"]), start=1):
        plan_id = f"{record.step}.{record.approach}.{number}"
        reader.add_source(f"plan {plan_id}", path, raw.line)
        plans.append(
            Plan(
                id=plan_id,
                step=record.step,
                approach=record.approach,
                parts=tuple(record.parts),
                why=record.why,
                principle=record.principle,
                personalities=frozenset(record.personalities),
                moods=frozenset(record.moods),
                intents=frozenset(record.intents),
                situated=record.situated,
            )
        )
    return plans


def _read_lint(reader: Reader) -> list[Rule]:
    rules: list[Rule] = []
    for path in sorted((reader.root / "lint").glob("*.yml")):
        parsed = reader.parse(path, schema.LintFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].rules, parsed[1]["rules"]):
            reader.add_source(record.id, path, raw.line)
            rules.append(
                Rule(
                    id=record.id,
                    label=parsed[0].family,
                    pattern=compiled(record.pattern),
                    unless=_compile(record.unless),
                    note=record.why,
                    severity=record.severity,
                    suggestion=record.suggestion,
                    principle=record.principle,
                    flagged=tuple(record.flagged),
                    clean=tuple(record.clean),
                )
            )
    return rules


def _read_signals(reader: Reader) -> dict[str, tuple[Rule, ...]]:
    signals: dict[str, list[Rule]] = {}
    for path in sorted((reader.root / "signals").glob("*.yml")):
        parsed = reader.parse(path, schema.SignalFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].rules, parsed[1]["rules"]):
            reader.add_source(record.id, path, raw.line)
            signals.setdefault(parsed[0].kind, []).append(
                Rule(
                    id=record.id,
                    label=record.label,
                    pattern=compiled(record.pattern),
                    unless=_compile(record.unless),
                    weight=record.weight,
                    note=record.note,
                    suggestion=record.suggestion,
                    flagged=tuple(record.flagged),
                    clean=tuple(record.clean),
                )
            )
    return {kind: tuple(rules) for kind, rules in signals.items()}


def _read_needs(reader: Reader) -> dict[str, Need]:
    parsed = reader.parse(reader.root / "needs.yml", schema.NeedFile)
    if parsed is None:
        return {}
    return {
        intent: Need(record.layer, record.basic_need, record.motive, record.question)
        for record in parsed[0].needs
        for intent in record.intents
    }


def load_content(root: Path = CONTENT_DIR, *, check: bool = True) -> Content:
    """Read and compile the content folder.

    Args:
        root: the folder with ``phrases/``, ``lint/``, ``signals/``, ``plans.yml``, ``needs.yml``, ``names.yml``.
        check: also run the cross-reference checks (rule examples, plans without phrases, lint of phrases);
            leave out only where the content was checked before, as at the start of a tested server.

    Raises:
        ContentError: with every problem as ``path:line: message``.
    """
    if not root.is_dir():
        raise ContentError([ContentProblem(str(root), 1, "content folder is missing")])
    reader = Reader(root)
    names = reader.parse(root / "names.yml", schema.NameFile)
    situations, situation_phrases = read_situations(reader)
    content = Content(
        phrases=(*_read_phrases(reader), *situation_phrases),
        plans=tuple(_read_plans(reader)),
        lint_rules=tuple(_read_lint(reader)),
        signals=_read_signals(reader),
        needs=_read_needs(reader),
        names=names[0].names if names else {},
        principles=names[0].principles if names else {},
        situations=situations,
    )
    if check and not reader.problems:
        where: Callable[[str], Source] = lambda key: reader.sources.get(key, Source(root.name, 1))  # noqa: E731
        for record_id, message in cross_check(content):
            source = where(record_id)
            reader.problem(source.path, source.line, message)
    if reader.problems:
        raise ContentError(sorted(reader.problems, key=lambda p: (p.path, p.line, p.message)))
    return content
