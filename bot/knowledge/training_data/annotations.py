"""Entity annotations inside an example, ``[3021](order)``: known kinds that fit the tokenizer's tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.knowledge.reader import ContentProblem
from bot.knowledge.training_data.examples import Example

TokenSpans = Callable[[str], Collection[tuple[int, int]]]
"""Start and end (exclusive, in code points) of each token of a text."""

ANNOTATION = re.compile(
    r"\[(?P<entity_text>[^\]]+?)\](\((?P<entity>[^:)]+?)(?:\:(?P<value>[^)]+))?\)"
    r"|\{(?P<entity_dict>[^}]+?)\}|\[(?P<list_entity_dicts>.*?)\])"
)
"""Rasa's own pattern (``entities_parser.ENTITY_REGEX``); a test compares the two."""


@dataclass(frozen=True)
class Annotation:
    """One annotated stretch of the text Rasa trains on; no kinds when the brackets were not meant as one."""

    source: str
    text: str
    start: int
    kinds: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse(example: str) -> tuple[str, list[Annotation]]:
    """The text Rasa trains on and what it takes for annotations."""
    found: list[Annotation] = []
    removed = 0
    for match in ANNOTATION.finditer(example):
        words = match["entity_text"]
        found.append(Annotation(match[0], words, match.start() - removed, _kinds(match)))
        removed += len(match[0]) - len(words)
    return ANNOTATION.sub(lambda match: match["entity_text"], example), found


def _kinds(match: re.Match[str]) -> tuple[str, ...]:
    if match["entity"]:
        return (match["entity"],)
    if match["entity_dict"]:
        records = [f"{{{match['entity_dict']}}}"]
    else:
        records = re.findall(r"\{[^}]+\}", match["list_entity_dicts"])
    return tuple(_kind(record) for record in records)


def _kind(record: str) -> str:
    """The ``entity`` of a JSON record; the record itself where there is none, which no domain knows."""
    try:
        return str(json.loads(record)["entity"])
    except (json.JSONDecodeError, KeyError):
        return record


def annotation_faults(
    examples: Iterable[Example], kinds: Collection[str], token_spans: TokenSpans
) -> Iterator[ContentProblem]:
    """Brackets Rasa would swallow, kinds the domain does not know, and edges inside a token."""
    for example in examples:
        plain, annotations = parse(example.text)
        for annotation in annotations:
            unknown = [kind for kind in annotation.kinds if kind not in kinds]
            if not annotation.kinds:
                yield example.problem(
                    f"Rasa takes '{annotation.source}' for an annotation and trains on '{annotation.text}'; "
                    "put a blank between the brackets"
                )
            elif unknown:
                yield example.problem(f"'{annotation.source}': the domain has no entity '{unknown[0]}'")
            elif not _aligned(annotation, token_spans(plain)):
                yield example.problem(f"'{annotation.source}' begins or ends inside a token")


def _aligned(annotation: Annotation, spans: Collection[tuple[int, int]]) -> bool:
    return annotation.start in {start for start, _ in spans} and annotation.end in {end for _, end in spans}
