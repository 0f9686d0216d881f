"""All checks of the training data in one pass: every fault at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.reader import ContentProblem
from bot.knowledge.training_data.annotations import TokenSpans, annotation_faults, parse
from bot.knowledge.training_data.balance import Balance, balance_faults, measure
from bot.knowledge.training_data.duplicates import (
    exact_faults,
    leak_faults,
    near_duplicates,
    near_faults,
    near_warnings,
)
from bot.knowledge.training_data.examples import Example, read_examples
from bot.knowledge.training_data.tested import tested_messages
from bot.knowledge.yaml_lines import ContentFileError, load

MAX_CHARACTERS = 300
_JOINER = "\u200d"
"""Holds one emoji together, so it is no stray control character."""


@dataclass(frozen=True)
class Report:
    """What the data holds, and what is wrong with it. Warnings do not fail the check."""

    examples: tuple[Example, ...]
    problems: tuple[ContentProblem, ...]
    warnings: tuple[ContentProblem, ...]
    balance: Balance
    near_duplicates: int
    annotated: int


def lint(root: Path, token_spans: TokenSpans) -> Report:
    """Check ``data/nlu`` of a project against its ``tests`` and ``domain.yml``.

    ``token_spans`` is asked for annotated examples only.
    """
    folder = root / "data" / "nlu"
    examples, problems = read_examples(folder, root)
    if not examples:
        problems.append(ContentProblem("data/nlu", 1, "there are no training messages"))
    pairs = near_duplicates(examples)
    balance = measure(examples)
    kinds, unreadable = _entity_kinds(root / "domain.yml")
    tested, unread = tested_messages(root / "tests", root)
    problems += (*unreadable, *unread)
    problems += text_faults(examples)
    problems += annotation_faults(examples, kinds, token_spans)
    problems += exact_faults(examples)
    problems += near_faults(pairs)
    problems += leak_faults(examples, tested)
    problems += (ContentProblem("data/nlu", 1, message) for message in balance_faults(balance))
    return Report(
        examples=tuple(examples),
        problems=tuple(sorted(problems, key=lambda p: (p.path, p.line))),
        warnings=tuple(near_warnings(pairs, len(examples))),
        balance=balance,
        near_duplicates=len(pairs),
        annotated=sum(bool(parse(example.text)[1]) for example in examples),
    )


def text_faults(examples: Iterable[Example]) -> Iterator[ContentProblem]:
    """Empty and overlong messages, and characters nobody types."""
    for example in examples:
        if not example.text.strip():
            yield example.problem("an empty message")
        for name, text in (("message", example.text), ("agent line", example.agent)):
            odd = next((c for c in text if _is_control(c)), None)
            if odd is not None:
                yield example.problem(f"the {name} has the control character U+{ord(odd):04X}")
            if len(text) > MAX_CHARACTERS:
                yield example.problem(f"the {name} has {len(text)} characters, more than {MAX_CHARACTERS}")


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char != _JOINER


def _entity_kinds(domain: Path) -> tuple[frozenset[str], list[ContentProblem]]:
    """The entities the domain declares, each a name or a mapping of the name to its options; or why not."""
    try:
        entries = load(domain).get("entities", [])
    except ContentFileError as error:
        return frozenset(), [ContentProblem(domain.name, max(error.line, 1), error.message)]
    if not isinstance(entries, list):
        return frozenset(), [ContentProblem(domain.name, 1, "entities must be a list")]
    return frozenset(str(next(iter(e))) if isinstance(e, dict) else str(e) for e in entries if e), []
