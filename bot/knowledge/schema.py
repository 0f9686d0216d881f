"""The closed schema of the content files. A key that is not here is an error, never ignored."""

from __future__ import annotations

import re
from typing import Literal, Optional

from pydantic import BaseModel, Extra, Field, validator

from bot.core.content import slots_of
from bot.core.labels import (
    EMOTIONS,
    FACT_SLOTS,
    INTENTS,
    NEUTRAL,
    PARTS,
    PERSONALITIES,
    SITUATION_FAMILIES,
    STEPS,
)
from bot.knowledge.patterns import compiled

# Field types are spelled for pydantic v1, which evaluates annotations on Python 3.10.
Label = str
MOODS = ("easy", "tense", "heated")
SIGNAL_KINDS = (
    "personality",
    "risk",
    "difficult",
    "opportunity",
    "agent_line",
    "promise_time",
)


class _Closed(BaseModel):
    class Config:
        extra = Extra.forbid
        frozen = True


def _known(values: list[str], known: tuple[str, ...], what: str) -> list[str]:
    wrong = [v for v in values if v not in known]
    if wrong:
        raise ValueError(f"unknown {what} {', '.join(map(repr, wrong))}")
    return values


def _regex(value: Optional[str]) -> Optional[str]:
    if value is not None:
        try:
            if compiled(value).match(""):
                raise ValueError("pattern matches the empty text")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
    return value


class PhraseRecord(_Closed):
    """One phrase; see docs/content.md."""

    id: str = Field(regex=r"^[a-z0-9_.]+$")
    part: str
    text: str = Field(min_length=2, max_length=60)
    intents: list[Label] = []
    emotions: list[Label] = []
    steps: list[Label] = []
    personalities: list[Label] = []
    min_intensity: float = Field(0, ge=0, le=3)
    owner: str = Field(min_length=1)
    since: str = Field(min_length=1)

    @validator("part")
    def _part(cls, value: str) -> str:
        _known([value], PARTS, "part")
        return value

    @validator("text")
    def _slots(cls, value: str) -> str:
        _known(sorted(slots_of(value)), FACT_SLOTS, "slot")
        return value

    @validator("intents")
    def _intents(cls, value: list[str]) -> list[str]:
        return _known(value, INTENTS, "intent")

    @validator("emotions")
    def _emotions(cls, value: list[str]) -> list[str]:
        return _known(value, EMOTIONS, "emotion")

    @validator("steps")
    def _steps(cls, value: list[str]) -> list[str]:
        return _known(value, STEPS, "step")

    @validator("personalities")
    def _personalities(cls, value: list[str]) -> list[str]:
        return _known(value, (*PERSONALITIES, NEUTRAL), "personality")


class PlanRecord(_Closed):
    """Order of parts for one approach to one step."""

    step: str
    approach: Literal["empathy", "action", "question"]
    parts: list[str] = Field(min_items=1, max_items=5)
    why: str = Field(min_length=4)
    principle: str
    personalities: list[Label] = []
    moods: list[Label] = []
    intents: list[Label] = []
    situated: bool = False

    @validator("step")
    def _step(cls, value: str) -> str:
        _known([value], STEPS, "step")
        return value

    @validator("parts")
    def _parts(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("a part is there twice")
        return _known(value, PARTS, "part")

    @validator("personalities")
    def _personalities(cls, value: list[str]) -> list[str]:
        return _known(value, (*PERSONALITIES, NEUTRAL), "personality")

    @validator("moods")
    def _moods(cls, value: list[str]) -> list[str]:
        return _known(value, MOODS, "mood")

    @validator("intents")
    def _intents(cls, value: list[str]) -> list[str]:
        return _known(value, INTENTS, "intent")


class LintRecord(_Closed):
    """One draft rule (K9) with its examples: the build fails when they do not hold."""

    id: str = Field(regex=r"^[a-z0-9_.]+$")
    severity: Literal["error", "warning"]
    pattern: str
    unless: Optional[str] = None
    why: str = Field(min_length=4)
    suggestion: str = Field(min_length=2)
    principle: str
    flagged: list[str] = Field(min_items=2)
    clean: list[str] = Field(min_items=2)

    _regexes = validator("pattern", "unless", allow_reuse=True)(_regex)


class SignalRecord(_Closed):
    """One pattern whose hit means ``label`` (a type, a level, a step)."""

    id: str = Field(regex=r"^[a-z0-9_.]+$")
    label: str
    pattern: str
    unless: Optional[str] = None
    weight: float = Field(1.0, gt=0, le=3)
    note: str = ""
    suggestion: str = ""
    flagged: list[str] = Field(min_items=1)
    clean: list[str] = Field(min_items=1)

    _regexes = validator("pattern", "unless", allow_reuse=True)(_regex)


class NeedRecord(_Closed):
    """The need behind an intent (K2) and a question that opens the next layer."""

    intents: list[Label] = Field(min_items=1)
    layer: Literal["explicit", "relational", "emotional"]
    basic_need: Literal["understood", "welcome", "valued", "comfort"]
    motive: Literal["avoid_pain", "seek_gain"]
    question: str = Field(min_length=4)

    @validator("intents")
    def _intents(cls, value: list[str]) -> list[str]:
        return _known(value, INTENTS, "intent")


class SituationLine(_Closed):
    """One sentence of a situation; as plain text in the file when it fits every customer."""

    text: str = Field(min_length=4, max_length=70)
    emotions: list[Label] = []
    personalities: list[Label] = []
    when: Optional[Literal["first", "later"]] = None
    asks: str = Field("", regex=r"^[a-z_]*$")

    @validator("text")
    def _text(cls, value: str) -> str:
        known = [name for name in sorted(slots_of(value)) if not name.startswith("p_")]
        _known(known, FACT_SLOTS, "slot")
        return value

    _emotions = validator("emotions", allow_reuse=True)(lambda cls, v: _known(v, EMOTIONS, "emotion"))
    _personalities = validator("personalities", allow_reuse=True)(
        lambda cls, v: _known(v, (*PERSONALITIES, NEUTRAL), "personality")
    )


class SituationRecord(_Closed):
    """One situation below the intents: how to recognise it and the veteran's sentences for it."""

    id: str = Field(regex=r"^[a-z0-9_]+$")
    name: str = Field(min_length=2, max_length=30)
    family: str
    intents: list[Label] = Field(min_items=1)
    need: str = Field(min_length=4)
    cue: Optional[str] = None
    examples: list[str] = Field(min_items=6)
    never: list[str] = []
    owner: str = Field(min_length=1)
    since: str = Field(min_length=1)
    acknowledge: list[SituationLine] = Field(min_items=2)
    answer: list[SituationLine] = Field(min_items=2)
    ask_back: list[SituationLine] = Field(min_items=2)
    commit: list[SituationLine] = Field(min_items=3)
    offer: list[SituationLine] = Field(min_items=2)
    tip: list[SituationLine] = Field(min_items=1)

    _cue = validator("cue", allow_reuse=True)(_regex)

    @validator("family")
    def _family(cls, value: str) -> str:
        _known([value], SITUATION_FAMILIES, "family")
        return value

    @validator("intents")
    def _intents(cls, value: list[str]) -> list[str]:
        return _known(value, INTENTS, "intent")

    @validator("acknowledge", "answer", "ask_back", "commit", "offer", "tip", each_item=True, pre=True)
    def _line(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class SituationFile(_Closed):
    """``situations/*.yml``."""

    situations: list[SituationRecord]


class PolicyRecord(_Closed):
    """One of the company's own terms that replies may quote."""

    value: str = Field(min_length=1, max_length=20)
    what: str = Field(min_length=2)


class PolicyFile(_Closed):
    """``policy.yml``: the times and terms a company really keeps."""

    policy: dict[str, PolicyRecord]


class PhraseFile(_Closed):
    """``phrases/**/*.yml``."""

    phrases: list[PhraseRecord]


class PlanFile(_Closed):
    """``plans.yml``."""

    plans: list[PlanRecord]


class LintFile(_Closed):
    """``lint/*.yml``, one family a file."""

    family: str = Field(regex=r"^[a-z_]+$")
    rules: list[LintRecord] = Field(min_items=1)


class SignalFile(_Closed):
    """``signals/*.yml``, one kind a file."""

    kind: str
    rules: list[SignalRecord] = Field(min_items=1)

    @validator("kind")
    def _kind(cls, value: str) -> str:
        _known([value], SIGNAL_KINDS, "kind of signal")
        return value


class NeedFile(_Closed):
    """``needs.yml``."""

    needs: list[NeedRecord]


class NameFile(_Closed):
    """``names.yml``: Chinese names of labels; ``principles`` the twelve of K10."""

    names: dict[str, dict[str, str]]
    principles: dict[str, str]
