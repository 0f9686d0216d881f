"""A client of the sidebar's HTTP interface that times its requests."""

from __future__ import annotations

import http.client
import json
import time
from types import TracebackType
from typing import Any

from bench.processes import BenchError

PATH = "/webhooks/sidebar/messages"


class Client:
    """One connection that is kept open, used by one thread."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._connection.close()

    def send(self, conversation: str, sender: str, text: str) -> float:
        """Post one line; milliseconds until the whole answer was there. Raises :class:`BenchError` for an error."""
        line = {"conversation_id": conversation, "sender": sender, "text": text}
        body = json.dumps(line, ensure_ascii=False).encode()
        began = time.perf_counter()
        self._connection.request("POST", PATH, body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        spent = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise BenchError(
                f"the server answered {response.status}: {answer[:300].decode(errors='replace')}"
            )
        _check(json.loads(answer), sender)
        return spent

    def alive(self) -> bool:
        """Whether the channel answers yet."""
        try:
            self._connection.request("GET", "/webhooks/sidebar/", headers=self._headers)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return False
        return response.status == 200


def _check(answer: dict[str, Any], sender: str) -> None:
    expected = "suggestions" if sender == "customer" else "reply_review"
    if not answer.get(expected):
        raise BenchError(f"the answer to a line of the {sender} has no {expected}")
