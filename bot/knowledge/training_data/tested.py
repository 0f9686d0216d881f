"""The messages the tests put to the trained model; none of them may be trained on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.knowledge.reader import ContentProblem
from bot.knowledge.training_data.examples import normal
from bot.knowledge.yaml_lines import ContentFileError, Located, load

_TEXT_KEYS = ("user", "text")
_MODEL_TESTS = ("integration", "e2e")
"""Folders whose Python tests talk to the trained model; other tests bring their own small models."""
_MIN_LITERAL = 5
"""A shorter string in Python is an id, a key or a 「好的」 that nobody can do without."""


def tested_messages(tests: Path, root: Path) -> tuple[dict[str, str], list[ContentProblem]]:
    """Normalised text → ``path:line`` for YAML test data and longer strings of tests of the whole product.

    A file that cannot be read is a problem in the second value.
    """
    found: dict[str, str] = {}
    problems: list[ContentProblem] = []
    for path in sorted(tests.rglob("*.yml")):
        name = str(path.relative_to(root))
        try:
            data = load(path)
        except ContentFileError as error:
            problems.append(ContentProblem(name, max(error.line, 1), error.message))
            continue
        for line, text in _yaml_texts(data):
            found.setdefault(normal(text), f"{name}:{line}")
    for folder in _MODEL_TESTS:
        for path in sorted((tests / folder).rglob("*.py")):
            for line, text in _literals(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(normal(text), f"{path.relative_to(root)}:{line}")
    return found, problems


def _literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and len(normal(node.value)) >= _MIN_LITERAL:
            yield node.lineno, node.value


def _yaml_texts(node: Any) -> Iterator[tuple[int, str]]:
    """Line and value of every ``user`` and ``text`` at any depth."""
    if isinstance(node, Located):
        for key, value in node.items():
            if key in _TEXT_KEYS and isinstance(value, str):
                yield node.key_lines[key] + value.endswith("\n"), value
            else:
                yield from _yaml_texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from _yaml_texts(item)
