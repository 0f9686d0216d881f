"""YAML with line numbers: every mapping remembers the line it starts on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 2_000_000


class Located(dict[str, Any]):
    """A mapping with the 1-based ``line`` of its first key and of each key's value (``key_lines``)."""

    line: int = 1
    key_lines: dict[str, int]


class LocatedList(list[Any]):
    """A list with the 1-based line of each item (``lines``)."""

    lines: list[int]


class ContentFileError(Exception):
    """A content file that cannot be read at all; ``line`` is 0 when no place is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Loader(yaml.CSafeLoader):
    """Safe C loader whose mappings are :class:`Located` and whose duplicate keys are errors."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Located:
    result = Located()
    result.line = node.start_mark.line + 1
    result.key_lines = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in result:
            raise ContentFileError(f"key '{key}' is there twice", key_node.start_mark.line + 1)
        result[key] = loader.construct_object(value_node, deep=True)
        result.key_lines[key] = value_node.start_mark.line + 1
    return result


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> LocatedList:
    result = LocatedList(loader.construct_object(item, deep=True) for item in node.value)
    result.lines = [item.start_mark.line + 1 for item in node.value]
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _sequence)


def load(path: Path) -> Located:
    """Read one file. Raises :class:`ContentFileError` with the line for anything that is no YAML mapping."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentFileError(f"is larger than {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentFileError(f"is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ContentFileError(f"cannot be read: {error.strerror}") from error
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader subclass
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ContentFileError(f"is not valid YAML: {error.problem}", line) from error
    except yaml.YAMLError as error:
        raise ContentFileError(f"is not valid YAML: {error}") from error
    if not isinstance(data, Located):
        raise ContentFileError("must be a mapping at the top", 1)
    return data
