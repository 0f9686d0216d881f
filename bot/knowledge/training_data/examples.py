"""The training messages of ``data/nlu/*.yml`` with their places, read as Rasa reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bot.knowledge.reader import ContentProblem
from bot.knowledge.training_data.labels import LABEL_KEYS, label_faults
from bot.knowledge.yaml_lines import ContentFileError, Located, LocatedList, load

VERSION = "3.1"
AGENT = "agent"
_STRIPPED = "\n\r "
"""What Rasa strips from both ends of an example."""


class Labels(NamedTuple):
    """The five labels of one message; a number that is none stands here as -1 (reported at its block)."""

    intent: str
    emotion: str
    intensity: int
    complaint: int
    risk: int

    def __str__(self) -> str:
        return f"{self.intent}, {self.emotion} {self.intensity}, complaint {self.complaint}, risk {self.risk}"


@dataclass(frozen=True)
class Example:
    """One customer message, the agent's line before it (or ``""``) and where it stands."""

    path: str
    line: int
    text: str
    agent: str
    labels: Labels

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @cached_property
    def key(self) -> tuple[str, str]:
        """Normalised text and agent line: two examples with one key are the same message."""
        return normal(self.text), normal(self.agent)

    def problem(self, message: str) -> ContentProblem:
        """A fault of this example."""
        return ContentProblem(self.path, self.line, message)


def normal(text: str) -> str:
    """NFKC, lower case, no white space: what stays equal under another way of typing."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def read_examples(folder: Path, root: Path) -> tuple[list[Example], list[ContentProblem]]:
    """Every example of the folder's files in order, and every fault of form; paths are told relative to root."""
    reader = _Reader(root)
    for path in sorted(folder.rglob("*.yml")):
        reader.file(path)
    return reader.examples, reader.problems


class _Reader:
    """Collects examples and faults over all files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = ""
        self.examples: list[Example] = []
        self.problems: list[ContentProblem] = []

    def file(self, path: Path) -> None:
        self._path = str(path.relative_to(self._root))
        try:
            data = load(path)
        except ContentFileError as error:
            return self._problem(error.line, error.message)
        self._keys(data, required=("version", "nlu"))
        if "version" in data and data["version"] != VERSION:
            self._problem(data.key_lines["version"], f'version must be "{VERSION}"')
        blocks = data.get("nlu", [])
        if not isinstance(blocks, LocatedList):
            return self._problem(data.key_lines.get("nlu", 1), "nlu must be a list of blocks")
        for line, block in zip(blocks.lines, blocks):
            if isinstance(block, Located):
                self._block(block)
            else:
                self._problem(line, "a block must be a mapping")
        return None

    def _block(self, block: Located) -> None:
        self._keys(block, required=("intent", "metadata", "examples"))
        metadata = self._metadata(block, allowed=LABEL_KEYS)
        labels = {"intent": block.get("intent"), **metadata}
        inherits = False
        for line, text, own in self._entries(block):
            overrides = {key: value for key, value in own.items() if key in LABEL_KEYS}
            inherits = inherits or not overrides
            merged = {**labels, **overrides}
            if overrides:
                self._labels(own.line if isinstance(own, Located) else line, merged)
            agent = own.get(AGENT, "")
            if AGENT in own and not (isinstance(agent, str) and agent.strip()):
                self._problem(line, "agent must be the agent's line, or not be there")
            agent = agent.strip() if isinstance(agent, str) else ""
            self.examples.append(Example(self._path, line, text, agent, _labels(merged)))
        if inherits:
            self._labels(block.key_lines.get("metadata", block.line), labels)

    def _entries(self, block: Located) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Line, text and own metadata of each example, written as one text or as a list."""
        entries = block.get("examples", [])
        first = block.key_lines.get("examples", block.line)
        if not entries and "examples" in block:
            self._problem(first, "a block without examples")
        elif isinstance(entries, str):
            for line, row in enumerate(entries.splitlines(), first + 1):
                if row.startswith("-"):
                    yield line, row[1:].strip(_STRIPPED), {}
                else:
                    self._problem(line, f"Rasa skips a line that does not start with '-': {row[:20]!r}")
        elif isinstance(entries, LocatedList):
            for line, entry in zip(entries.lines, entries):
                yield from self._entry(line, entry)
        elif "examples" in block:
            self._problem(first, "examples must be a list, or a text with one '- message' a line")

    def _entry(self, line: int, entry: Any) -> Iterator[tuple[int, str, dict[str, Any]]]:
        if not isinstance(entry, Located):
            return self._problem(line, "an example must be a mapping with 'text'")
        self._keys(entry, required=("text",), optional=("metadata",))
        own = self._metadata(entry, allowed=(*LABEL_KEYS, AGENT))
        text = entry.get("text", "")
        if isinstance(text, str) and "text" in entry:
            # A block scalar ends in a line break and starts on the line after its key.
            yield entry.key_lines["text"] + text.endswith("\n"), text.strip(_STRIPPED), own
        elif "text" in entry:
            self._problem(entry.key_lines["text"], f"text must be text, not {text!r}; quote it")
        return None

    def _metadata(self, owner: Located, *, allowed: Iterable[str]) -> dict[str, Any]:
        metadata = owner.get("metadata", {})
        if not isinstance(metadata, Located):
            if "metadata" in owner:
                self._problem(owner.key_lines["metadata"], "metadata must be a mapping")
            return {}
        self._keys(metadata, optional=allowed)
        return metadata

    def _keys(self, owner: Located, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> None:
        """Closed schema: every key is known and every required one is there."""
        known: Set[str] = {*required, *optional}
        for key in owner:
            if key not in known:
                self._problem(owner.key_lines[key], f"unknown key '{key}'; known: {', '.join(sorted(known))}")
        for key in required:
            if key not in owner:
                self._problem(owner.line, f"'{key}' is missing")

    def _labels(self, line: int, labels: dict[str, Any]) -> None:
        for message in label_faults(labels):
            self._problem(line, message)

    def _problem(self, line: int, message: str) -> None:
        self.problems.append(ContentProblem(self._path, max(line, 1), message))


def _labels(raw: dict[str, Any]) -> Labels:
    intensity, complaint, risk = (
        raw[key] if type(raw.get(key)) is int else -1 for key in ("intensity", "complaint", "risk")
    )
    return Labels(str(raw.get("intent", "")), str(raw.get("emotion", "")), intensity, complaint, risk)
