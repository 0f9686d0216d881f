"""What training for more epochs would take, read from the progress bars of a shorter training."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PROGRESS = re.compile(r"Epochs: .*?\| (\d+)/(\d+) \[([\d:]+)<")


def projected_seconds(log: str, seconds: float, epochs: int) -> float:
    """The training's ``seconds`` plus the missing epochs of each component at the pace of its last ones.

    The first epoch is left out of the pace: it also builds the TensorFlow graph. So at least two must have run.
    """
    return seconds + sum((epochs - done) * pace for done, pace in _paces(log) if done < epochs)


def _paces(log: str) -> Iterator[tuple[int, float]]:
    """For each component with epochs: how many it ran, and the seconds of one."""
    first = 0.0
    last: tuple[int, float] | None = None
    for found in _PROGRESS.finditer(log):
        done, all_epochs, clock = int(found[1]), int(found[2]), _seconds(found[3])
        if done <= 1:
            if last is not None:
                yield last
                last = None
            first = clock if done == 1 else 0.0
        elif done == all_epochs:
            last = (done, (clock - first) / (done - 1))
    if last is not None:
        yield last


def _seconds(clock: str) -> float:
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return float(total)
