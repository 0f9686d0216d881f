"""The closed schema of ``entities/*.yml``. A key that is not here is an error, never ignored."""

from __future__ import annotations

import re
import unicodedata
from typing import Union

from pydantic import BaseModel, Extra, Field, StrictFloat, StrictInt, StrictStr, validator

from bot.core.entity_values import ENTITY_KINDS

# Field types are spelled for pydantic v1, which evaluates annotations on Python 3.10.
MARKED = re.compile(r"【([^【】]+)】")
"""The entity inside an example sentence."""
Meaning = Union[StrictInt, StrictFloat, StrictStr]


def _plain(words: list[str]) -> list[str]:
    """Words must be written as the normaliser writes text, or they would never be found."""
    for word in words:
        if not word or word != word.strip():
            raise ValueError(f"{word!r} is empty or has blanks around it")
        if word != unicodedata.normalize("NFKC", word).lower():
            raise ValueError(f"{word!r} must be half-width and lower case")
    twice = sorted({word for word in words if words.count(word) > 1}) if len(set(words)) < len(words) else []
    if twice:
        raise ValueError(f"{', '.join(twice)} is there twice")
    return words


class _Closed(BaseModel):
    class Config:
        extra = Extra.forbid
        frozen = True


class GuardRecord(_Closed):
    """What must and must not stand around a hit; ``<end>``: see bot.core.entity_guards."""

    unless_preceded_by: list[str] = []
    unless_followed_by: list[str] = []
    only_preceded_by: list[str] = []
    only_followed_by: list[str] = []
    only_if_text_has: list[str] = []
    unless_text: list[str] = []

    _words = validator(
        "unless_preceded_by",
        "unless_followed_by",
        "only_preceded_by",
        "only_followed_by",
        "only_if_text_has",
        "unless_text",
        allow_reuse=True,
    )(_plain)


class RuleRecord(GuardRecord):
    """Patterns of one meaning with sentences they must and must not find; see the head of nothing.yml."""

    id: str = Field(regex=r"^[a-z0-9_]+\.[a-z0-9_.]+$")
    patterns: list[str] = Field(min_items=1)
    found: list[str] = Field(min_items=1)
    clean: list[str] = Field(min_items=1)

    @validator("found")
    def _found(cls, value: list[str]) -> list[str]:
        for sentence in value:
            if len(MARKED.findall(sentence)) != 1 or len(re.findall("[【】]", sentence)) != 2:
                raise ValueError(f"{sentence!r} must have exactly one 【entity】")
        return value

    @validator("clean")
    def _clean(cls, value: list[str]) -> list[str]:
        for sentence in value:
            if "【" in sentence or "】" in sentence:
                raise ValueError(f"{sentence!r} must have no 【】: nothing is to be found in it")
        return value


class PhraseGroup(GuardRecord):
    """A list of names that are entities as they stand."""

    name: str = Field(min_length=1)
    words: list[str] = Field(min_items=1)

    _names = validator("words", allow_reuse=True)(_plain)


class EntityFile(_Closed):
    """``entities/<kind>.yml``."""

    kind: str
    words: dict[str, list[str]] = {}
    tables: dict[str, dict[str, Meaning]] = {}
    rules: list[RuleRecord] = []
    phrases: list[PhraseGroup] = []

    @validator("kind")
    def _kind(cls, value: str) -> str:
        if value not in ENTITY_KINDS:
            raise ValueError(f"unknown kind {value!r}; known are {', '.join(ENTITY_KINDS)}")
        return value

    @validator("words", "tables")
    def _names(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for name, words in value.items():
            if not re.fullmatch(r"[a-z_]+", name):
                raise ValueError(f"the name {name!r} must be lower-case letters and _")
            _plain(list(words))
        return value
