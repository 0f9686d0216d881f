"""Finding rule entities in one text: names by PhraseMatcher, patterns by Matcher, then one reading of each place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc

from bot.core.entity_units import Unit, UnitLexer
from bot.core.entity_values import ENTITY_KINDS, entity_value
from bot.nlu.tokenizer import blank_zh

NOTHING: Final = ENTITY_KINDS[0]
_PRIORITY: Final = {kind: rank for rank, kind in enumerate(ENTITY_KINDS)}
_END: Final = "<end>"
_NO_END: Final = frozenset("-~/:%_@")
"""Marks that join what is before and after them."""
_CONTEXT: Final = 12
_LONGEST_WORD: Final = 48
_PLACEHOLDERS: Final = {"number": "〇", "code": "a", "latin": "a", "date": "x", "time": "x", "version": "x"}
_DATE_JOINTS: Final = ("", " ", "的")


class Found(NamedTuple):
    """An entity of one text; offsets count characters of the normalised text."""

    kind: str
    start: int
    end: int
    value: Any


class _Span(NamedTuple):
    kind: str
    start: int
    end: int


class _Guards:
    """What must and must not stand around a hit."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._not_before = tuple(record.get("unless_preceded_by", ()))
        self._not_after = tuple(record.get("unless_followed_by", ()))
        self._before = tuple(record.get("only_preceded_by", ()))
        after = record.get("only_followed_by", ())
        self._after = tuple(word for word in after if word != _END)
        self._end = _END in after
        self._somewhere = tuple(record.get("only_if_text_has", ()))
        self._texts = frozenset(record.get("unless_text", ()))

    def admit(self, text: str, start: int, end: int) -> bool:
        """Whether the surroundings of ``text[start:end]`` fit; blanks and colons before it are passed over."""
        if self._texts and text[start:end] in self._texts:
            return False
        before = text[max(0, start - _CONTEXT) : start].rstrip(" :")
        after = text[end : end + _CONTEXT]
        if (
            self._not_before
            and before.endswith(self._not_before)
            or self._not_after
            and after.startswith(self._not_after)
        ):
            return False
        if self._before and not before.endswith(self._before):
            return False
        if (self._after or self._end) and not (after.startswith(self._after) or self._end and _is_end(after)):
            return False
        return not self._somewhere or any(word in text for word in self._somewhere)


def _is_end(after: str) -> bool:
    return not after or not after[0].isalnum() and after[0] not in _NO_END


@dataclass(frozen=True)
class _Pattern:
    kind: str
    captured: tuple[bool, ...]
    guards: _Guards


class EntityFinder:
    """Finds entities by the data of :func:`bot.knowledge.entities.load_entity_rules`; immutable once built.

    Names are looked up in the message's own Doc, one token a character. Patterns run over a second Doc whose tokens
    are numbers, codes, rule words and names. Its numbers and codes are stood in for by placeholders of the same
    length, so that the vocabulary of a server does not grow with the messages it reads.
    """

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._vocab = blank_zh().vocab
        self._tables = rules["tables"]
        self._lexer = UnitLexer(rules["lexicon"], rules["glue"])
        self._known = frozenset(rules["lexicon"])
        self._names = PhraseMatcher(self._vocab, attr="ORTH")
        self._groups: dict[int, tuple[str, _Guards]] = {}
        for number, group in enumerate(rules["phrases"]):
            key = f"names.{number}"
            self._names.add(key, [self._characters(word) for word in group["words"]])
            self._groups[self._vocab.strings[key]] = group["kind"], _Guards(group)
        self._with_number, self._without = Matcher(self._vocab), Matcher(self._vocab)
        self._patterns: dict[int, _Pattern] = {}
        self._name_kinds: set[str] = set()
        for rule in rules["rules"]:
            guards = _Guards(rule)
            for number, pattern in enumerate(rule["patterns"]):
                self._add_pattern(f"{rule['id']}.{number}", rule["kind"], pattern, guards)

    def _characters(self, word: str) -> Doc:
        chars = [char for char in word if char != " "]
        return Doc(self._vocab, words=chars, spaces=[False] * len(chars))

    def _add_pattern(self, key: str, kind: str, pattern: Mapping[str, Any], guards: _Guards) -> None:
        tokens = pattern["tokens"]
        needs_number = any(
            token.get("TAG") in ("number", "date", "time") and "OP" not in token for token in tokens
        )
        (self._with_number if needs_number else self._without).add(key, [tokens])
        self._patterns[self._vocab.strings[key]] = _Pattern(kind, tuple(pattern["captured"]), guards)
        self._name_kinds.update(
            t["TAG"] for t in tokens if isinstance(t.get("TAG"), str) and t["TAG"] in _PRIORITY
        )

    def find(self, text: str, doc: Doc) -> list[Found]:
        """Entities of one text in order, none overlapping.

        Args:
            text: normalised text.
            doc: the same text with one token a character.
        """
        names = list(self._name_hits(text, doc))
        units = list(self._lexer.units(text, self._merged(text, names)))
        return self._choose(text, {*names, *self._pattern_hits(text, units)})

    def _name_hits(self, text: str, doc: Doc) -> Iterator[_Span]:
        for key, first, last in self._names(doc):
            start, end = doc[first].idx, doc[last - 1].idx + len(doc[last - 1])
            kind, guards = self._groups[key]
            if not _cuts_word(text, start, end) and guards.admit(text, start, end):
                yield _Span(kind, start, end)

    def _merged(self, text: str, names: Iterable[_Span]) -> list[Unit]:
        """Names patterns refer to, as units: the longest of those that overlap."""
        spans = [span for span in names if span.kind in self._name_kinds]
        return [Unit(text[s.start : s.end], s.kind, s.start, s.end) for s in _apart(sorted(spans, key=_rank))]

    def _pattern_hits(self, text: str, units: Sequence[Unit]) -> Iterator[_Span]:
        if not units:
            return
        types = [unit.type for unit in units]
        words = [self._word(unit) for unit in units]
        spaces = [a.end < b.start for a, b in zip(units, units[1:])] + [False]
        doc = Doc(self._vocab, words=words, spaces=spaces, tags=types)
        matches = self._without(doc, with_alignments=True)
        if not {"number", "date", "time"}.isdisjoint(types):
            matches += self._with_number(doc, with_alignments=True)
        for key, first, _, aligned in matches:
            pattern = self._patterns[key]
            inside = [first + i for i, token in enumerate(aligned) if pattern.captured[token]]
            start, end = units[inside[0]].start, units[inside[-1]].end
            if pattern.guards.admit(text, start, end):
                yield _Span(pattern.kind, start, end)

    def _word(self, unit: Unit) -> str:
        """The unit as it stands in the Doc."""
        if unit.word in self._known or unit.type in ("han", "glue", "word", *self._name_kinds):
            return unit.word
        size = min(len(unit.word), _LONGEST_WORD)
        if unit.type == "number" and unit.word.isascii() and unit.word.isdigit():
            return "0" * size
        return _PLACEHOLDERS.get(unit.type, "□") * size

    def _choose(self, text: str, spans: Iterable[_Span]) -> list[Found]:
        """The longest spans that mean something and do not overlap; ties go by kind."""
        chosen: list[Found] = []
        for kind, start, end in sorted(spans, key=_rank):
            if any(start < other.end and other.start < end for other in chosen):
                continue
            value = self._value(kind, text[start:end])
            if value is not None:
                chosen.append(Found(kind, start, end, value))
        chosen.sort(key=lambda found: found.start)
        return self._join_dates(text, [found for found in chosen if found.kind != NOTHING])

    def _value(self, kind: str, text: str) -> Any:
        return entity_value(kind, text, self._tables.get(kind, {}))

    def _join_dates(self, text: str, found: Iterable[Found]) -> list[Found]:
        """「上周五」「晚上8点」 beside each other are one point in time."""
        joined: list[Found] = []
        for entity in found:
            last = joined[-1] if joined else None
            if last and last.kind == entity.kind == "date" and text[last.end : entity.start] in _DATE_JOINTS:
                value = self._value("date", text[last.start : entity.end])
                if value is not None:
                    joined[-1] = Found("date", last.start, entity.end, value)
                    continue
            joined.append(entity)
        return joined


def _rank(span: _Span) -> tuple[int, int, int]:
    return span.start - span.end, _PRIORITY[span.kind], span.start


def _apart(ranked: Iterable[_Span]) -> list[_Span]:
    chosen: list[_Span] = []
    for span in ranked:
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a name begins or ends within a Latin word (app in apple); digits may follow letters (iphone13)."""
    first, last = text[start], text[end - 1]
    before, after = text[start - 1 : start], text[end : end + 1]
    return (
        _latin(first)
        and _latin(before)
        or _latin(last)
        and _latin(after)
        and not (last.isalpha() and after.isdigit())
    )


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
