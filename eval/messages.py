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
DISAGREED, NO_ALTERNATIVE = "?", "-"
_COLUMNS = {"intent": "intent", "emotion": "emotion", "complaint": "is_complaint", "risk": "risk"}
_AGENT = re.compile(r"(?:^|→| / )服[:：]")
_CUSTOMER = re.compile(r"(?:→| / )客[:：]")


class EvalError(Exception):
    """The evaluation cannot go on; the message says what is missing."""


@dataclass(frozen=True)
class Labelled:
    """One message with the agent's line before it. A label that people disagreed on is missing from ``gold``."""

    id: str
    source: str
    text: str
    agent: str
    gold: Mapping[str, str]
    alternative: str = ""


@dataclass(frozen=True)
class Dialogue:
    """A whole conversation as (sender, text); ``personality`` is empty where people disagreed."""

    id: str
    turns: tuple[tuple[str, str], ...]
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


def last_agent_line(context: str) -> str:
    """The agent's newest line in a context such as ``客:…→服:… / 客:…``; empty when the agent has not spoken."""
    spoken = list(_AGENT.finditer(context))
    return _CUSTOMER.split(context[spoken[-1].end() :], maxsplit=1)[0].strip() if spoken else ""


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
    return Labelled(row["id"], row["source"], row["text"], last_agent_line(row["context"]), gold, alternative)


def _dialogue(line: str, file: Path) -> Dialogue:
    record = json.loads(line)
    personality = record["personality"]
    if personality not in (*PERSONALITIES, UNDETERMINED, DISAGREED):
        raise EvalError(f"{file}: {record['id']} has personality {personality!r}")
    turns = tuple((turn["sender"], turn["text"]) for turn in record["turns"])
    return Dialogue(record["id"], turns, "" if personality == DISAGREED else personality)
