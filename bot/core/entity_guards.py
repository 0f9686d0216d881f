"""What must and must not stand around a rule entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

END: Final = "<end>"
"""In a guard: a mark, a blank or the end of the text."""
_JOINTS: Final = frozenset("-~/:%_@")
"""Marks that join what is before and after them."""
_CONTEXT: Final = 12


class Guards:
    """What must and must not stand around a hit."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._not_before = tuple(record.get("unless_preceded_by", ()))
        self._not_after = tuple(record.get("unless_followed_by", ()))
        self._before = tuple(record.get("only_preceded_by", ()))
        after = record.get("only_followed_by", ())
        self._after = tuple(word for word in after if word != END)
        self._end = END in after
        self._somewhere = tuple(record.get("only_if_text_has", ()))
        self._texts = frozenset(record.get("unless_text", ()))

    def admit(self, text: str, start: int, end: int) -> bool:
        """Whether the surroundings of ``text[start:end]`` fit; blanks and colons before it do not count."""
        if self._texts and text[start:end] in self._texts:
            return False
        before = text[max(0, start - _CONTEXT) : start].rstrip(" :")
        after = text[end : end + _CONTEXT]
        if before.endswith(self._not_before) or after.startswith(self._not_after):
            return False
        if self._before and not before.endswith(self._before):
            return False
        if (self._after or self._end) and not (after.startswith(self._after) or self._end and _is_end(after)):
            return False
        return not self._somewhere or any(word in text for word in self._somewhere)


def _is_end(after: str) -> bool:
    return not after or not after[0].isalnum() and after[0] not in _JOINTS


def cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a name begins or ends within a Latin word (app in apple); digits may follow letters."""
    first, last = text[start], text[end - 1]
    before, after = text[start - 1 : start], text[end : end + 1]
    if _latin(last) and _latin(after) and not (last.isalpha() and after.isdigit()):
        return True
    return _latin(first) and _latin(before)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
