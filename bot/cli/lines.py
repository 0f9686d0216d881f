"""JSON lines in, JSON lines out: exactly one answer for each line, in order, whatever the line is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from bot.core.errors import AssistError, InputError

MAX_LINE = 1_000_000
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


def answer_lines(source: IO[bytes], target: IO[str], answer: Answer) -> int:
    """Answer every line of ``source`` on ``target``; a bad line gives an error object and the next goes on."""
    for number, raw in _numbered(source):
        try:
            result = answer(_parse(raw))
        except InputError as error:
            result = _error(number, str(error), field=error.field)
        except AssistError as error:
            result = _error(number, str(error))
        target.write(_dump(result) + "\n")
        target.flush()
    return 0


def _dump(result: dict[str, Any]) -> str:
    text = json.dumps(result, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate of the input is no UTF-8, but it has an escape
        return json.dumps(result)
    return text


def _numbered(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := source.readline(MAX_LINE + 1):
        number += 1
        while len(line) > MAX_LINE and not line.endswith(b"\n"):  # drop the rest of an overlong line
            rest = source.readline(MAX_LINE + 1)
            if not rest or rest.endswith(b"\n"):
                break
        if line.strip():
            yield number, line


def _parse(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_LINE:
        raise InputError("line", f"is longer than {MAX_LINE:,} bytes")
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError("line", f"is not UTF-8 (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise InputError("line", f"is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InputError("line", f"must be a JSON object, not {type(data).__name__}")
    return data


def text_field(line: Mapping[str, Any], name: str, *, required: bool = True) -> str | None:
    """A string field of a line. Raises ``InputError`` when it is missing, empty or no text."""
    value = line.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str):
        raise InputError(name, "is missing" if value is None else f"must be text, not {type(value).__name__}")
    if required and not value.strip():
        raise InputError(name, "must not be empty")
    return value


def _error(number: int, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"line": number, "message": message, **more}}
