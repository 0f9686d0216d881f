"""Does a message cost more late in a long conversation than early? Measured side by side, so noise hits both."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bench.client import Client
from bench.messages import agent_line, customer_lines

EARLY = 5
GROUPS = 6
IN_GROUP = 3
SPAN = GROUPS * IN_GROUP * 2
"""Lines around a place in the conversation: 18 of the customer, 18 of the agent."""
_MIX = 7


@dataclass(frozen=True)
class Growth:
    """Median milliseconds of a customer's line at each place; ``ratio`` is the last place against the fifth line.

    ``early_then`` is the fifth line of fresh conversations held while the last place was measured.
    """

    early: float
    later: dict[int, float]
    early_then: float

    @property
    def ratio(self) -> float:
        """Cost of the last place in terms of the fifth line, both measured in the same minute."""
        return self.later[max(self.later)] / self.early_then


def measure_growth(client: Client, length: int) -> Growth:
    """Hold one conversation of ``length`` lines, customer and agent in turn, and time three places of it."""
    talk = _Talk(client, "long")
    later: dict[int, float] = {}
    early: list[float] = []
    latest: list[float] = []
    for place in sorted({max(SPAN, length // 10), length}):
        talk.reach(place - SPAN // 2)
        late, latest = _side_by_side(client, talk, f"place{place}")
        later[place] = round(statistics.median(late), 2)
        early += latest
    return Growth(round(statistics.median(early), 2), later, round(statistics.median(latest), 2))


def _side_by_side(client: Client, talk: _Talk, tag: str) -> tuple[list[float], list[float]]:
    """Times of the long conversation's next lines, and of lines 3, 5 and 7 of fresh ones held in between."""
    late: list[float] = []
    early: list[float] = []
    for group in range(GROUPS):
        texts = [customer_lines()[(group * IN_GROUP + i) * _MIX % 60] for i in range(IN_GROUP)]
        late += [talk.pair(text) for text in texts]
        fresh = _Talk(client, f"{tag}-{group}")
        fresh.reach(EARLY - 3)
        early += [fresh.pair(text) for text in texts]
    return late, early


class _Talk:
    """One conversation; the customer has the odd lines, the agent the even ones."""

    def __init__(self, client: Client, conversation: str) -> None:
        self._client = client
        self._conversation = conversation
        self._lines = 0

    def pair(self, text: str) -> float:
        """A line of the customer, timed, and the agent's answer to it."""
        spent = self._client.send(self._conversation, "customer", text)
        self._client.send(self._conversation, "agent", agent_line(self._lines // 2))
        self._lines += 2
        return spent

    def reach(self, line: int) -> None:
        """Go on until the conversation has ``line`` lines or one less."""
        own = customer_lines()
        while self._lines + 2 <= line:
            self.pair(own[self._lines // 2 * _MIX % len(own)])
