"""Reading the content folder: all files, all errors at once, each as ``path:line``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, TypeVar

from pydantic import BaseModel, ValidationError

from bot.core.content import Content, Need, Phrase, Plan, Rule, slots_of
from bot.core.errors import AssistError
from bot.knowledge import schema
from bot.knowledge.checks import cross_check
from bot.knowledge.yaml_lines import ContentFileError, Located, load

CONTENT_DIR = Path(__file__).parent / "zh"
_File = TypeVar("_File", bound=BaseModel)


@dataclass(frozen=True)
class ContentProblem:
    """One fault in one place."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ContentError(AssistError):
    """The content does not hold; ``problems`` lists every fault found."""

    def __init__(self, problems: Iterable[ContentProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Source:
    """Where a record came from."""

    path: str
    line: int


class _Reader:
    """Collects records and problems over all files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[ContentProblem] = []
        self.sources: dict[str, Source] = {}

    def problem(self, path: str, line: int, message: str) -> None:
        self.problems.append(ContentProblem(path, max(line, 1), message))

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root.parent))

    def parse(self, path: Path, model: type[_File]) -> tuple[_File, Located] | None:
        """One file through its schema; problems are noted and None comes back."""
        try:
            raw = load(path)
        except ContentFileError as error:
            self.problem(self.name(path), error.line, error.message)
            return None
        try:
            return model.parse_obj(raw), raw
        except ValidationError as error:
            for fault in error.errors():
                line, where = _locate(raw, fault["loc"])
                self.problem(self.name(path), line, f"{where}: {fault['msg']}" if where else fault["msg"])
            return None

    def add_source(self, record_id: str, path: Path, line: int) -> None:
        """Note where an id is defined; the second time is a problem that names the first."""
        earlier = self.sources.get(record_id)
        if earlier is not None:
            self.problem(
                self.name(path), line, f"id '{record_id}' is already used at {earlier.path}:{earlier.line}"
            )
        self.sources[record_id] = Source(self.name(path), line)


def _locate(raw: Any, location: tuple[Any, ...]) -> tuple[int, str]:
    """Line and dotted name of the deepest place in ``raw`` that ``location`` leads to."""
    line, node = getattr(raw, "line", 1), raw
    for key in location:
        if isinstance(node, Located):
            line = node.key_lines.get(str(key), node.line)
            node = node.get(str(key))
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            break
        line = getattr(node, "line", line)
    return line, ".".join(str(key) for key in location if key != "__root__")


def _compile(pattern: Optional[str]) -> Optional[re.Pattern[str]]:
    return re.compile(pattern) if pattern else None


def _read_phrases(reader: _Reader) -> list[Phrase]:
    phrases: list[Phrase] = []
    for path in sorted((reader.root / "phrases").rglob("*.yml")):
        parsed = reader.parse(path, schema.PhraseFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].phrases, parsed[1]["phrases"]):
            reader.add_source(record.id, path, raw.line)
            phrases.append(
                Phrase(
                    id=record.id,
                    part=record.part,
                    text=record.text,
                    slots=slots_of(record.text),
                    intents=frozenset(record.intents),
                    emotions=frozenset(record.emotions),
                    steps=frozenset(record.steps),
                    personalities=frozenset(record.personalities),
                    min_intensity=record.min_intensity,
                    owner=record.owner,
                    since=record.since,
                )
            )
    return phrases


def _read_plans(reader: _Reader) -> list[Plan]:
    path = reader.root / "plans.yml"
    parsed = reader.parse(path, schema.PlanFile)
    if parsed is None:
        return []
    plans: list[Plan] = []
    for number, (record, raw) in enumerate(zip(parsed[0].plans, parsed[1]["plans"]), start=1):
        plan_id = f"{record.step}.{record.approach}.{number}"
        reader.add_source(f"plan {plan_id}", path, raw.line)
        plans.append(
            Plan(
                id=plan_id,
                step=record.step,
                approach=record.approach,
                parts=tuple(record.parts),
                why=record.why,
                principle=record.principle,
                personalities=frozenset(record.personalities),
                moods=frozenset(record.moods),
                intents=frozenset(record.intents),
            )
        )
    return plans


def _read_lint(reader: _Reader) -> list[Rule]:
    rules: list[Rule] = []
    for path in sorted((reader.root / "lint").glob("*.yml")):
        parsed = reader.parse(path, schema.LintFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].rules, parsed[1]["rules"]):
            reader.add_source(record.id, path, raw.line)
            rules.append(
                Rule(
                    id=record.id,
                    label=parsed[0].family,
                    pattern=re.compile(record.pattern),
                    unless=_compile(record.unless),
                    note=record.why,
                    severity=record.severity,
                    suggestion=record.suggestion,
                    principle=record.principle,
                    flagged=tuple(record.flagged),
                    clean=tuple(record.clean),
                )
            )
    return rules


def _read_signals(reader: _Reader) -> dict[str, tuple[Rule, ...]]:
    signals: dict[str, list[Rule]] = {}
    for path in sorted((reader.root / "signals").glob("*.yml")):
        parsed = reader.parse(path, schema.SignalFile)
        if parsed is None:
            continue
        for record, raw in zip(parsed[0].rules, parsed[1]["rules"]):
            reader.add_source(record.id, path, raw.line)
            signals.setdefault(parsed[0].kind, []).append(
                Rule(
                    id=record.id,
                    label=record.label,
                    pattern=re.compile(record.pattern),
                    unless=_compile(record.unless),
                    weight=record.weight,
                    note=record.note,
                    suggestion=record.suggestion,
                    flagged=tuple(record.flagged),
                    clean=tuple(record.clean),
                )
            )
    return {kind: tuple(rules) for kind, rules in signals.items()}


def _read_needs(reader: _Reader) -> dict[str, Need]:
    parsed = reader.parse(reader.root / "needs.yml", schema.NeedFile)
    if parsed is None:
        return {}
    return {
        intent: Need(record.layer, record.basic_need, record.motive, record.question)
        for record in parsed[0].needs
        for intent in record.intents
    }


def load_content(root: Path = CONTENT_DIR, *, check: bool = True) -> Content:
    """Read and compile the content folder.

    Args:
        root: the folder with ``phrases/``, ``lint/``, ``signals/``, ``plans.yml``, ``needs.yml``, ``names.yml``.
        check: also run the cross-reference checks (rule examples, plans without phrases, lint of phrases);
            leave out only where the content was checked before, as at the start of a tested server.

    Raises:
        ContentError: with every problem as ``path:line: message``.
    """
    if not root.is_dir():
        raise ContentError([ContentProblem(str(root), 1, "content folder is missing")])
    reader = _Reader(root)
    names = reader.parse(root / "names.yml", schema.NameFile)
    content = Content(
        phrases=tuple(_read_phrases(reader)),
        plans=tuple(_read_plans(reader)),
        lint_rules=tuple(_read_lint(reader)),
        signals=_read_signals(reader),
        needs=_read_needs(reader),
        names=names[0].names if names else {},
        principles=names[0].principles if names else {},
    )
    if check and not reader.problems:
        where: Callable[[str], Source] = lambda key: reader.sources.get(key, Source(root.name, 1))  # noqa: E731
        for record_id, message in cross_check(content):
            source = where(record_id)
            reader.problem(source.path, source.line, message)
    if reader.problems:
        raise ContentError(sorted(reader.problems, key=lambda p: (p.path, p.line, p.message)))
    return content
