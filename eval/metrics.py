"""Scores with 95 % intervals: pure arithmetic on labels, confidences and resampling weights.

Every metric is a function of weights (rounds, n): how often each of n messages counts in each round. All ones give the
figure itself; bootstrap resamples give its spread; the same resamples for two systems give the spread of a difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Metric = Callable[[Floats], Floats]
"""Weights (rounds, n) → values (rounds,); nan where a round leaves nothing to measure."""

ROUNDS = 1000
SEED = 20
Z95 = 1.959964
BINS = 10


class Interval(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


class Bin(NamedTuple):
    """Messages whose confidence fell between two tenths: how many, mean confidence, share that was right."""

    n: int
    confidence: float
    accuracy: float


@lru_cache(maxsize=4)
def resamples(n: int) -> Floats:
    """Bootstrap weights (ROUNDS, n): n draws with replacement each; the same for the same n."""
    drawn = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=ROUNDS)
    return np.asarray(drawn, dtype=np.float64)


def interval(metric: Metric, n: int) -> Interval:
    """The metric on n messages with its bootstrap percentile interval."""
    return _around(float(metric(np.ones((1, n)))[0]), metric(resamples(n)))


def difference(ours: Metric, theirs: Metric, n: int) -> Interval:
    """Paired bootstrap of ``ours - theirs``: both measured on the same resamples of the same n messages.

    A round that leaves one of the two nothing to measure counts as no difference: a label seen once is no evidence.
    """
    once = np.ones((1, n))
    value = float(ours(once)[0] - theirs(once)[0])
    return _around(value, np.nan_to_num(ours(resamples(n)) - theirs(resamples(n))))


def _around(value: float, spread: Floats) -> Interval:
    known = spread[~np.isnan(spread)]
    if not len(known):
        return Interval(value, math.nan, math.nan)
    low, high = np.percentile(known, (2.5, 97.5))
    return Interval(value, float(low), float(high))


def wilson(right: int, n: int) -> Interval | None:
    """A share with Wilson's score interval (JASA 22, 1927), honest for few messages; None for none."""
    if not n:
        return None
    share, square = right / n, Z95 * Z95
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def settle(gold: Sequence[str], alternatives: Sequence[str], predicted: Sequence[str]) -> list[str]:
    """The gold labels to score against: where the second acceptable label was predicted, it is the gold one."""
    return [alt if alt and p == alt else g for g, alt, p in zip(gold, alternatives, predicted)]


def mean_of(values: Sequence[bool] | npt.NDArray[np.bool_]) -> Metric:
    """The weighted share of True."""
    column = np.asarray(values, dtype=np.float64)

    def metric(weights: Floats) -> Floats:
        return np.asarray(weights @ column / weights.sum(axis=1))

    return metric


def f1_of(gold: Sequence[str], predicted: Sequence[str], label: str) -> Metric:
    """F1 of one label; nan where it is neither gold nor predicted."""

    def metric(weights: Floats) -> Floats:
        return _f1(gold, predicted, [label], weights)[:, 0]

    return metric


def f1_intervals(gold: Sequence[str], predicted: Sequence[str], names: Sequence[str]) -> dict[str, Interval]:
    """F1 of each label with its interval; nan for a label that is neither gold nor predicted."""
    values = _f1(gold, predicted, names, np.ones((1, len(gold))))[0]
    spread = _f1(gold, predicted, names, resamples(len(gold)))
    return {name: _around(float(values[i]), spread[:, i]) for i, name in enumerate(names)}


def macro_f1_of(gold: Sequence[str], predicted: Sequence[str]) -> Metric:
    """Mean F1 over the labels that are gold or predicted at least once (as in scikit-learn)."""
    names = sorted({*gold, *predicted})

    def metric(weights: Floats) -> Floats:
        found = _f1(gold, predicted, names, weights)
        present = ~np.isnan(found)
        return np.asarray(np.where(present, found, 0.0).sum(axis=1) / present.sum(axis=1))

    return metric


def _f1(gold: Sequence[str], predicted: Sequence[str], names: Sequence[str], weights: Floats) -> Floats:
    """F1 by round and label, shape (rounds, labels)."""
    is_gold = np.asarray([[g == name for name in names] for g in gold], dtype=np.float64)
    is_predicted = np.asarray([[p == name for name in names] for p in predicted], dtype=np.float64)
    both = weights @ (is_gold * is_predicted)
    either = weights @ (is_gold + is_predicted)
    return np.asarray(np.divide(2 * both, either, out=np.full_like(both, np.nan), where=either > 0))


def confusion(gold: Sequence[str], predicted: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Counts (gold, predicted) over ``names``. Raises KeyError for a label outside them."""
    index = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    for g, p in zip(gold, predicted):
        table[index[g], index[p]] += 1
    return table


def reliability(
    confidence: Sequence[float] | Floats, right: Sequence[bool] | npt.NDArray[np.bool_]
) -> list[Bin]:
    """Ten equal bins of confidence, the last one closed; empty ones have zeros."""
    sure, good = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    places = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    bins = []
    for number in range(BINS):
        inside = places == number
        n = int(inside.sum())
        bins.append(Bin(n, float(sure[inside].mean()), float(good[inside].mean())) if n else Bin(0, 0.0, 0.0))
    return bins


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean gap between confidence and accuracy over the bins, weighted by their messages; nan without any."""
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / total if total else math.nan
