"""Cutting normalised text into the units of entity rules: numbers, codes, rule words, characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bot.core.numbers_zh import NUMBER

UNIT_TYPES: Final = ("number", "code", "latin", "date", "time", "version", "word", "glue", "han", "mark")
"""``code`` mixes letters and digits (iphone13, sf12…, 5g); ``glue`` is a function character (的, 了, 你)."""

_NUMBER = re.compile(NUMBER)
_ASCII_RUN = re.compile(r"[a-z0-9]+")
_LETTERS = re.compile(r"[a-z]+")
_DIGIT_SHAPES: Final = (
    ("date", re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?![0-9.])")),
    ("time", re.compile(r"[0-9]{1,2}:[0-5][0-9](?::[0-5][0-9])?(?![0-9:])")),
    ("version", re.compile(r"[0-9]+(?:\.[0-9]+){2,}")),
)
_DIGIT_CODE = re.compile(r"[0-9]+(?:\.[0-9]+)*[a-z][a-z0-9]*")
_LETTER_CODE = re.compile(r"[a-z]+[0-9][a-z0-9]*(?:\.[0-9]+)*")
_THOUSANDS_END: Final = frozenset("多来块元左")
"""What makes 「2k」 or 「3w」 a number rather than a name (4k)."""
_GLUED_WORD_LENGTH: Final = 3


class Unit(NamedTuple):
    """One unit of text; offsets count characters of the normalised text."""

    word: str
    type: str
    start: int
    end: int


class UnitLexer:
    """Cuts text by a fixed set of rule words.

    Of a number and a rule word that start together the longer one wins, the number if they are equal.
    Everything else is single characters.

    Args:
        words: words of the rules that stay in one piece (「订单号」, 「块钱」).
        glue: characters that never are part of a name.
    """

    def __init__(self, words: Iterable[str], glue: Iterable[str] = ()) -> None:
        self._latin = frozenset(word for word in words if _LETTERS.fullmatch(word))
        self._glue = frozenset(glue)
        by_first: dict[str, list[str]] = {}
        for word in sorted({w for w in words if len(w) > 1} - self._latin, key=len, reverse=True):
            by_first.setdefault(word[0], []).append(word)
        self._words = {first: tuple(found) for first, found in by_first.items()}

    def units(self, text: str, merged: Sequence[Unit] = ()) -> Iterator[Unit]:
        """Units of one text in order; white space is between them, never in them.

        Args:
            text: normalised text.
            merged: units that are already known (names from word lists), in order and apart.
        """
        known = iter(merged)
        next_known = next(known, None)
        position = 0
        while position < len(text):
            if next_known is not None and position >= next_known.start:
                yield next_known
                position, next_known = next_known.end, next(known, None)
            elif text[position].isspace():
                position += 1
            else:
                unit = self._unit(text, position)
                yield unit
                position = unit.end

    def _unit(self, text: str, start: int) -> Unit:
        if _ASCII_RUN.match(text[start]):
            return self._ascii(text, start)
        number = _NUMBER.match(text, start)
        end = number.end() if number else start
        word = self._word(text, start)
        if len(word) > end - start:
            return Unit(word, "word", start, start + len(word))
        if end > start + 1 and self._word(text, end - 1):
            end -= 1  # 「周五一共」: the last numeral begins a word
        if end > start:
            return Unit(text[start:end], "number", start, end)
        char = text[start]
        kind = "glue" if char in self._glue else "han" if "㐀" <= char <= "鿿" else "mark"
        return Unit(char, kind, start, start + 1)

    def _word(self, text: str, start: int) -> str:
        """The longest rule word that starts here; empty when there is none."""
        return next((word for word in self._words.get(text[start], ()) if text.startswith(word, start)), "")

    def _ascii(self, text: str, start: int) -> Unit:
        """A unit that starts with a letter or digit."""
        if text[start].isdigit():
            for kind, shape in _DIGIT_SHAPES:
                if found := shape.match(text, start):
                    return Unit(found[0], kind, start, found.end())
            return self._number(text, start)
        letters = _LETTERS.match(text, start)
        code = _LETTER_CODE.match(text, start)
        if code and letters and not (letters[0] in self._latin and len(letters[0]) >= _GLUED_WORD_LENGTH):
            return Unit(code[0], "code", start, code.end())
        end = letters.end() if letters else start + 1
        return Unit(text[start:end], "latin", start, end)

    def _number(self, text: str, start: int) -> Unit:
        """A number, unless letters touch it that are no unit of measure (5g, 128gb)."""
        number, code = _NUMBER.match(text, start), _DIGIT_CODE.match(text, start)
        end = number.end() if number else start + 1
        if text[end - 1] in "kw" and text[end : end + 1] not in _THOUSANDS_END:
            end -= 1
        letters = _LETTERS.match(text, end)
        if code and letters and not (letters[0] in self._latin and letters.end() == code.end()):
            return Unit(code[0], "code", start, code.end())
        return Unit(text[start:end], "number", start, end)
