"""Markdown tables and how figures look in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from eval.metrics import Interval
from eval.results import ALONE, FOLD, MAJORITY, OURS, STARTER, TFIDF

NAMES: Mapping[str, str] = {
    OURS: "ours",
    ALONE: "ours, message alone",
    FOLD: FOLD,
    STARTER: "Rasa starter (DIET)",
    TFIDF: "TF-IDF + LR",
    MAJORITY: "majority",
}
DEV, CV = "dev", "cv"


def figure(value: Interval | None) -> str:
    """A figure with its interval, without one, or a dash."""
    if value is None or math.isnan(value.value):
        return "–"
    if math.isnan(value.low):
        return f"{value.value:.3f}"
    return f"{value.value:.3f} [{value.low:.2f}, {value.high:.2f}]"


def lead(value: Interval | None) -> str:
    """A difference with its interval; bold where that leaves out 0."""
    if value is None or math.isnan(value.value):
        return "–"
    text = f"{value.value:+.3f} [{value.low:+.2f}, {value.high:+.2f}]"
    return f"**{text}**" if value.low > 0 or value.high < 0 else text


def plain(value: float | None, digits: int) -> str:
    """A number, or a dash."""
    return "–" if value is None else f"{value:,.{digits}f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
