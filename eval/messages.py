"""Messages with their labels, and the set kept for measuring: real messages, never part of this project.

The set is a folder with ``messages.tsv`` (``id source text context intent intent_alt emotion intensity is_complaint
risk``, ``?`` where two labellers disagreed) and ``dialogues.jsonl`` (``id``, ``turns`` of ``sender`` and ``text``,
``personality``).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.labels import EMOTIONS, INTENTS, PERSONALITIES, UNDETERMINED

MESSAGES, DIALOGUES = "messages.tsv", "dialogues.jsonl"
TASKS: Mapping[str, tuple[str, ...]] = {
    "intent": INTENTS,
    "emotion": EMOTIONS,
    "complaint": ("0", "1"),
    "risk": ("0", "1", "2"),
}
"""The labels of one message, with their values."""
CUSTOMER, AGENT = "customer", "agent"
DISAGREED, NO_ALTERNATIVE = "?", "-"
_COLUMNS = {"intent": "intent", "emotion": "emotion", "complaint": "is_complaint", "risk": "risk"}
_SPEAKER = re.compile(r"(?:^|→| / )([客服])[:：]")
_SENDERS = {"客": CUSTOMER, "服": AGENT}


class EvalError(Exception):
    """The evaluation cannot go on; the message says what is missing."""


Turns = tuple[tuple[str, str], ...]
"""Lines of a conversation as (sender, text)."""


@dataclass(frozen=True)
class Labelled:
    """One message, the agent's line before it and all lines ``earlier`` that are known.

    A label that people disagreed on is missing from ``gold``.
    """

    id: str
    source: str
    text: str
    agent: str
    gold: Mapping[str, str]
    alternative: str = ""
    earlier: Turns = ()


@dataclass(frozen=True)
class Dialogue:
    """A whole conversation; ``personality`` is empty where people disagreed."""

    id: str
    turns: Turns
    personality: str


@dataclass(frozen=True)
class DevSet:
    """What is measured on; empty when there is none."""

    messages: tuple[Labelled, ...] = ()
    dialogues: tuple[Dialogue, ...] = field(default=())


def read_dev_set(path: Path) -> DevSet:
    """The set in a folder, or in a message file with the dialogues beside it.

    Raises:
        EvalError: naming the file that is missing or the row with a label outside the sets.
    """
    file = path / MESSAGES if path.is_dir() else path
    if not file.is_file():
        raise EvalError(f"no messages to measure on in {file}")
    with file.open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = {"id", "source", "text", "context", "intent_alt", *_COLUMNS.values()} - {
            *(rows.fieldnames or ())
        }
        if missing:
            raise EvalError(f"{file}: no column {', '.join(sorted(missing))}")
        messages = tuple(_message(row, file) for row in rows)
    dialogues = file.with_name(DIALOGUES)
    if not dialogues.is_file():
        return DevSet(messages)
    lines = dialogues.read_text(encoding="utf-8").splitlines()
    return DevSet(messages, tuple(_dialogue(line, dialogues) for line in lines if line.strip()))


def turns_of(context: str) -> Turns:
    """The lines of a context such as ``客:…→服:… / 客:…``, oldest first."""
    marks = list(_SPEAKER.finditer(context))
    ends = [mark.start() for mark in marks[1:]] + [len(context)]
    return tuple((_SENDERS[mark[1]], context[mark.end() : end].strip()) for mark, end in zip(marks, ends))


def last_agent_line(turns: Turns) -> str:
    """The agent's newest line; empty when the agent has not spoken."""
    return next((text for sender, text in reversed(turns) if sender == AGENT), "")


def _message(row: Mapping[str, str], file: Path) -> Labelled:
    gold: dict[str, str] = {}
    for task, column in _COLUMNS.items():
        value = row[column]
        if value == DISAGREED:
            continue
        if value not in TASKS[task]:
            raise EvalError(f"{file}: {row['id']} has {column} {value!r}")
        gold[task] = value
    alternative = row["intent_alt"]
    if alternative in (NO_ALTERNATIVE, DISAGREED, ""):
        alternative = ""
    elif alternative not in INTENTS:
        raise EvalError(f"{file}: {row['id']} has intent_alt {alternative!r}")
    earlier = turns_of(row["context"])
    agent = last_agent_line(earlier)
    return Labelled(row["id"], row["source"], row["text"], agent, gold, alternative, earlier)


def _dialogue(line: str, file: Path) -> Dialogue:
    record = json.loads(line)
    personality = record["personality"]
    if personality not in (*PERSONALITIES, UNDETERMINED, DISAGREED):
        raise EvalError(f"{file}: {record['id']} has personality {personality!r}")
    turns = tuple((turn["sender"], turn["text"]) for turn in record["turns"])
    return Dialogue(record["id"], turns, "" if personality == DISAGREED else personality)
