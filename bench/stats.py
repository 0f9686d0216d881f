"""Medians and percentiles of measured times."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple


class Summary(NamedTuple):
    """Milliseconds over ``n`` measurements."""

    p50: float
    p95: float
    n: int


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank); 0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0


def summary(values: Sequence[float]) -> Summary:
    """Median and 95th percentile, rounded to 10 microseconds."""
    if not values:
        return Summary(0.0, 0.0, 0)
    return Summary(round(statistics.median(values), 2), round(percentile(values, 0.95), 2), len(values))


def summary_of(data: Any) -> Summary:
    """A summary that came back from a worker as a JSON list."""
    p50, p95, n = data
    return Summary(float(p50), float(p95), int(n))
