"""Reading ``entities/*.yml``: rules and word lists of the rule entities as plain, JSON-ready data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.core.entity_guards import END
from bot.core.entity_units import UnitLexer
from bot.knowledge.entity_patterns import BUILT_IN, PatternCompiler, PatternError, literal_words
from bot.knowledge.entity_schema import EntityFile, GuardRecord
from bot.knowledge.reader import CONTENT_DIR, ContentError, ContentProblem, Reader
from bot.knowledge.yaml_lines import Located

FOLDER = "entities"
GLUE = "glue"
"""The word list of function characters; they never are part of a name."""
_Classes = dict[str, list[str]]


def entity_files(root: Path = CONTENT_DIR) -> list[Path]:
    """The rule files in the order they are read."""
    return sorted((root / FOLDER).glob("*.yml"))


def fingerprint_of_entity_rules(root: Path = CONTENT_DIR) -> str:
    """A hash that changes with any byte or name of the rule files."""
    digest = hashlib.sha256()
    for path in entity_files(root):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def load_entity_rules(root: Path = CONTENT_DIR) -> dict[str, Any]:
    """Read and compile the rule files.

    Returns:
        ``lexicon``: words the lexer keeps in one piece; ``glue``: function characters; ``tables``: kind →
        table → word → meaning; ``phrases``: groups of names with ``kind``, ``words`` and guards; ``rules``:
        each with ``id``, ``kind``, ``patterns`` (``tokens`` for spaCy's Matcher and ``captured``, a flag a
        token), guards and its examples ``found`` and ``clean``.

    Raises:
        ContentError: with every problem as ``path:line: message``.
    """
    reader = Reader(root)
    files = _read(reader)
    if not files and not reader.problems:
        raise ContentError([ContentProblem(str(root / FOLDER), 1, "there are no entity rules")])
    classes: _Classes = {}
    tables: dict[str, dict[str, Any]] = {}
    for file in files:
        classes.update(file.classes())
        tables.setdefault(file.model.kind, {}).update(file.model.tables)
    words = {word for name, listed in classes.items() if name != GLUE for word in listed}
    lexicon = sorted(words.union(*(file.literals() for file in files)))
    glue = sorted(set("".join(classes.get(GLUE, []))))
    compiler = PatternCompiler(classes, UnitLexer(lexicon, glue))
    result = {
        "lexicon": lexicon,
        "glue": glue,
        "tables": {kind: table for kind, table in tables.items() if table},
        "phrases": [group for file in files for group in file.phrases(classes)],
        "rules": [rule for file in files for rule in file.rules(classes, compiler)],
    }
    if reader.problems:
        raise ContentError(sorted(reader.problems, key=lambda p: (p.path, p.line, p.message)))
    return result


def _read(reader: Reader) -> list[_File]:
    files = []
    for path in entity_files(reader.root):
        parsed = reader.parse(path, EntityFile)
        if parsed is not None:
            files.append(_File(reader, path, *parsed))
    return files


class _File:
    """One parsed file; its problems go to the reader."""

    def __init__(self, reader: Reader, path: Path, model: EntityFile, raw: Located) -> None:
        self._reader = reader
        self._path = path
        self._raw = raw
        self.model = model

    def _problem(self, line: int, message: str) -> None:
        self._reader.problem(self._reader.name(self._path), line, message)

    def classes(self) -> _Classes:
        """Word lists by name; a table of a kind is the class ``<kind_table>``."""
        found: _Classes = {}
        for name, words in self.model.words.items():
            found[name] = list(words)
            self._name(name, self._raw["words"].key_lines[name])
        for name, table in self.model.tables.items():
            full = f"{self.model.kind}_{name}"
            found[full] = list(table)
            self._name(full, self._raw["tables"].key_lines[name])
        return found

    def _name(self, name: str, line: int) -> None:
        if name in BUILT_IN:
            self._problem(line, f"<{name}> is a built-in class")
        self._reader.add_source(f"<{name}>", self._path, line)

    def literals(self) -> Iterator[str]:
        """Words written out in patterns; they stay in one piece like the words of lists."""
        for rule in self.model.rules:
            for line in rule.patterns:
                yield from literal_words(line)

    def phrases(self, classes: _Classes) -> Iterator[dict[str, Any]]:
        """The groups of names."""
        for group, place in zip(self.model.phrases, self._raw.get("phrases", [])):
            yield {"kind": self.model.kind, "words": group.words, **self._guards(group, place, classes)}

    def rules(self, classes: _Classes, compiler: PatternCompiler) -> Iterator[dict[str, Any]]:
        """The compiled rules."""
        for record, place in zip(self.model.rules, self._raw.get("rules", [])):
            self._reader.add_source(record.id, self._path, place.line)
            if not record.id.startswith(f"{self.model.kind}."):
                self._problem(place.line, f"id '{record.id}' must start with '{self.model.kind}.'")
            patterns = []
            for line in record.patterns:
                try:
                    compiled = compiler.compile(line)
                except PatternError as error:
                    self._problem(place.key_lines["patterns"], f"pattern {line!r}: {error}")
                else:
                    patterns.append({"tokens": compiled.tokens, "captured": compiled.captured})
            yield {
                "id": record.id,
                "kind": self.model.kind,
                "patterns": patterns,
                "found": record.found,
                "clean": record.clean,
                **self._guards(record, place, classes),
            }

    def _guards(
        self, record: GuardRecord, place: Located, classes: Mapping[str, list[str]]
    ) -> dict[str, list[str]]:
        """The guards that are set, their ``<classes>`` written out."""
        guards: dict[str, list[str]] = {}
        for name in GuardRecord.__fields__:
            words: list[str] = []
            for word in getattr(record, name):
                if not word.startswith("<") or word == END:
                    words.append(word)
                elif word[1:-1] in classes:
                    words += classes[word[1:-1]]
                else:
                    self._problem(place.key_lines[name], f"{name}: there is no class {word}")
            if words:
                guards[name] = sorted(set(words))
        return guards
