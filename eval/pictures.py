"""The pictures of the report, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from eval.messages import TASKS
from eval.metrics import BINS, confusion
from eval.results import OURS, TFIDF, Compared, CurvePoint, Results
from eval.scores import Judged

DPI = 110
OTHERS = ("emotion", "complaint", "risk")
BLUE, ORANGE, GREY = "#1f6fb4", "#e07b1a", "#888888"
CURVES = ("intent accuracy", "emotion macro-F1", "complaint F1")


def draw(results: Results, folder: Path) -> None:
    """Write all pictures into ``folder``; those of parts that were left out are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for name, found in (("cv", results.cv), ("dev", results.dev)):
        if found is not None:
            _confusions(found, ("intent",), (10, 9), folder / f"confusion-intent-{name}.png")
            _confusions(found, OTHERS, (13, 4.2), folder / f"confusion-others-{name}.png")
    _reliability(results, folder / "reliability.png")
    if results.curve:
        _curve(results.curve, folder / "learning-curve.png")


def _confusions(found: Compared, tasks: Sequence[str], size: tuple[float, float], path: Path) -> None:
    figure = Figure(figsize=size, dpi=DPI)
    judged = [found.judged[OURS][task] for task in tasks if task in found.judged[OURS]]
    for place, answers in enumerate(judged, start=1):
        _confusion(figure.add_subplot(1, len(judged), place), answers)
    _save(figure, path)


def _confusion(axes: Any, judged: Judged) -> None:
    """Counts, coloured by their share of the gold label."""
    names = [name for name in TASKS[judged.task] if name in judged.gold or name in judged.predicted]
    table = confusion(judged.gold, judged.predicted, names)
    axes.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    small = len(names) > 10
    for row, column in zip(*np.nonzero(table)):
        share = table[row, column] / table[row].sum()
        colour = "white" if share > 0.5 else "black"
        axes.text(
            column,
            row,
            table[row, column],
            ha="center",
            va="center",
            fontsize=5 if small else 8,
            color=colour,
        )
    axes.set_xticks(range(len(names)))
    axes.set_xticklabels(names, rotation=90 if small else 45, ha="center" if small else "right")
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(names)
    axes.tick_params(labelsize=6 if small else 8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title(f"{judged.task}, {len(judged.ids):,} messages", fontsize=10)


def _reliability(results: Results, path: Path) -> None:
    sets = [(name, found) for name, found in (("cv", results.cv), ("dev", results.dev)) if found is not None]
    figure = Figure(figsize=(4.2 * len(sets), 8), dpi=DPI)
    for row, task in enumerate(("intent", "emotion")):
        for column, (name, found) in enumerate(sets):
            axes = figure.add_subplot(2, len(sets), row * len(sets) + column + 1)
            _reliability_of(axes, found.judged[OURS][task])
            axes.set_title(f"{task}, {name}", fontsize=10)
    _save(figure, path)


def _reliability_of(axes: Any, judged: Judged) -> None:
    """Share of right answers by confidence, with how many messages stand behind each bar."""
    most = max((b.n for b in judged.bins), default=1)
    for number, found in enumerate(judged.bins):
        if not found.n:
            continue
        left = number / BINS
        alpha = 0.25 + 0.75 * found.n / most
        axes.bar(left + 0.5 / BINS, found.accuracy, width=0.9 / BINS, color=BLUE, alpha=alpha)
        axes.plot([left, left + 1 / BINS], [found.confidence] * 2, color=ORANGE, linewidth=2)
        axes.text(left + 0.5 / BINS, 0.01, f"{found.n}", ha="center", fontsize=6)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("confidence (line: its mean in the bin)")
    axes.set_ylabel("share right")


def _curve(points: Sequence[CurvePoint], path: Path) -> None:
    figure = Figure(figsize=(13, 4), dpi=DPI)
    for place, name in enumerate(CURVES, start=1):
        axes = figure.add_subplot(1, len(CURVES), place)
        for system, colour in ((OURS, BLUE), (TFIDF, ORANGE)):
            for where, style in (("dev", "-"), ("held", "--")):
                values = [point.figures[system].get(where, {}).get(name, np.nan) for point in points]
                sizes = [point.messages for point in points]
                axes.plot(
                    sizes, values, style, marker="o", markersize=3, color=colour, label=f"{system}, {where}"
                )
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("training messages")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path)
