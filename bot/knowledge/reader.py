"""Reading content files through their schema, with every fault kept as ``path:line: message``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.core.errors import AssistError
from bot.knowledge.yaml_lines import ContentFileError, Located, LocatedList, load

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


class Reader:
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
        elif isinstance(node, LocatedList) and isinstance(key, int) and key < len(node):
            line, node = node.lines[key], node[key]
        else:
            break
        line = getattr(node, "line", line)
    return line, ".".join(str(key) for key in location if key != "__root__")
