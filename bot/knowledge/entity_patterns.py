"""From the pattern line of an entity rule to a token list for spaCy's Matcher.

A line is a row of elements: a word, alternatives ``块|元``, a class ``<number>`` or, of a certain length,
``<digits:13-19>``; each may carry ``?`` or ``{0,3}``. Round brackets mark the part that is the entity, the
rest is context; without brackets all of it is the entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.core.entity_units import UnitLexer

Token = dict[str, Any]
BUILT_IN: Final[dict[str, Token]] = {
    "number": {"TAG": "number"},
    "digits": {"TAG": "number", "IS_DIGIT": True},
    "alnum": {"TAG": {"IN": ["code", "latin", "number"]}},
    "code": {"TAG": "code"},
    "isodate": {"TAG": "date"},
    "time": {"TAG": "time"},
    "han": {"TAG": "han"},
    "any": {"TAG": {"NOT_IN": ["mark"]}},
    "company": {"TAG": "company"},
    "place": {"TAG": "place"},
}
"""Classes every pattern may use beside the word lists."""
NAME_KINDS: Final = ("company", "place")
"""Kinds whose names are classes: a name on their lists is one unit."""
_ELEMENT = re.compile(
    r"(?:<(?P<name>[a-z_]+)(?::(?P<low>\d+)(?:-(?P<high>\d+))?)?>|(?P<word>[^\s()<>{}?]+))"
    r"(?P<count>\?|\{\d,\d\})?(?=[\s()]|$)"
    r"|(?P<bracket>[()])|\s+"
)


@dataclass(frozen=True)
class Compiled:
    """One token list; ``captured`` tells for each token whether it belongs to the entity."""

    tokens: list[Token]
    captured: list[bool]


class PatternError(ValueError):
    """A pattern line that means nothing."""


def literal_words(line: str) -> Iterator[str]:
    """The words written out in a pattern line; faulty parts are passed over."""
    for element in _ELEMENT.finditer(line):
        if element["word"]:
            yield from filter(None, element["word"].split("|"))


class PatternCompiler:
    """Compiles pattern lines.

    Args:
        classes: word lists by name.
        lexer: the lexer texts are cut with; it must know all words.
    """

    def __init__(self, classes: Mapping[str, Iterable[str]], lexer: UnitLexer) -> None:
        self._classes = {name: list(words) for name, words in classes.items()}
        self._lexer = lexer

    def compile(self, line: str) -> Compiled:
        """The token list of one line. Raises :class:`PatternError`."""
        tokens, inside = [], []
        for token, captured in self._tokens(line):
            tokens.append(token)
            inside.append(captured)
        if "(" not in line:
            inside = [True] * len(tokens)
        if not any(
            captured and not token.get("OP", "").startswith(("?", "{0"))
            for token, captured in zip(tokens, inside)
        ):
            raise PatternError("the entity needs an element that is not optional")
        return Compiled(tokens, inside)

    def _tokens(self, line: str) -> Iterator[tuple[Token, bool]]:
        position, depth, brackets = 0, 0, 0
        while position < len(line):
            match = _ELEMENT.match(line, position)
            if match is None:
                raise PatternError(f"{line[position:]!r} is no element")
            position = match.end()
            if match["bracket"]:
                depth += 1 if match["bracket"] == "(" else -1
                brackets += 1
                if depth not in (0, 1) or brackets > 2:
                    raise PatternError("use one pair of round brackets")
            elif match["name"] or match["word"]:
                token = self._built_in(match) if match["name"] in BUILT_IN else self._one_of(match)
                yield {**token, "OP": match["count"]} if match["count"] else token, depth == 1
        if depth:
            raise PatternError("a round bracket is not closed")

    def _built_in(self, match: re.Match[str]) -> Token:
        token = dict(BUILT_IN[match["name"]])
        if match["high"]:
            token["LENGTH"] = {">=": int(match["low"]), "<=": int(match["high"])}
        elif match["low"]:
            token["LENGTH"] = int(match["low"])
        return token

    def _one_of(self, match: re.Match[str]) -> Token:
        """One unit out of a word list or of alternatives written out."""
        name = match["name"]
        if name and (name not in self._classes or match["low"]):
            raise PatternError(f"{match[0]!r}: there is no such class")
        words = sorted(self._classes[name]) if name else match["word"].split("|")
        for word in words:
            units = list(self._lexer.units(word))
            if len(units) != 1:
                raise PatternError(
                    f"{word!r} is {len(units)} units ({' '.join(u.word for u in units)}), not one"
                )
        return {"ORTH": {"IN": words} if len(words) > 1 else words[0]}
