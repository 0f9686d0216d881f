"""Splitting the training messages: folds for cross-validation, nested shares for the learning curve."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence

SEED = 20


def deal(keys: Sequence[str], labels: Sequence[str], folds: int) -> list[int]:
    """The fold (0 .. folds-1) of each message: every label spread evenly, equal keys never apart.

    Args:
        keys: what must stay together, such as the normalised text (said after different agent lines, it occurs twice).
        labels: what to spread; a key with several goes by its first.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        members[key].append(row)
    by_label: dict[str, list[str]] = defaultdict(list)
    for key, rows in members.items():
        by_label[labels[rows[0]]].append(key)
    dice = random.Random(SEED)
    found = [0] * len(keys)
    turn = 0
    for label in sorted(by_label):
        dice.shuffle(by_label[label])
        for key in by_label[label]:
            for row in members[key]:
                found[row] = turn % folds
            turn += 1
    return found


def share(labels: Sequence[str], part: float, at_least: int = 4) -> list[int]:
    """Rows of a share (0 .. 1) of every label, ``at_least`` some of each; a smaller share lies within a larger."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        by_label[label].append(row)
    dice = random.Random(SEED)
    chosen: list[int] = []
    for label in sorted(by_label):
        rows = by_label[label]
        dice.shuffle(rows)
        chosen += rows[: max(at_least, math.ceil(part * len(rows)))]
    return sorted(chosen)
