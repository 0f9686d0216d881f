"""The later sections of the report: labels, confidence, learning curve, cost, errors, method."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from eval.cells import CV, DEV, NAMES, figure, plain, table
from eval.messages import TASKS
from eval.results import OURS, TFIDF, Results
from eval.scores import Judged, LabelScore, confusions

TOP_CONFUSIONS = 20


def labels(results: Results) -> str:
    """Precision, recall and F1 of every label, dev set and cross-validation."""
    parts = []
    for task, names in TASKS.items():
        dev = (
            results.dev.scores[OURS][task].labels if results.dev and task in results.dev.scores[OURS] else {}
        )
        cv = results.cv.scores[OURS][task].labels
        rows = [
            (f"`{name}`", *_label(dev.get(name)), *_label(cv.get(name)))
            for name in names
            if name in dev or name in cv
        ]
        heads = [
            f"{kind}, {where}" for where in (DEV, CV) for kind in ("n", "precision", "recall", "F1 [95 %]")
        ]
        parts.append(f"### {task}\n\n" + table(("", *heads), rows))
    return "\n\n".join(parts)


def _label(found: LabelScore | None) -> tuple[str, str, str, str]:
    if found is None:
        return "", "", "", ""
    precision, recall = (
        "–" if value is None else f"{value.value:.2f}" for value in (found.precision, found.recall)
    )
    return f"{found.support:,}", precision, recall, figure(found.f1)


def confidence(results: Results) -> str:
    """Whether confidences can be believed."""
    rows = []
    for task in ("intent", "emotion"):
        for name, found in ((CV, results.cv), (DEV, results.dev)):
            if found and task in found.scores[OURS]:
                values = [
                    found.scores[s][task].ece if task in found.scores[s] else None for s in (OURS, TFIDF)
                ]
                rows.append((f"{task}, {name}", *("–" if v is None else f"{v:.3f}" for v in values)))
    note = (
        "Ten equal bins. On few messages the error comes out too high: chance alone fills the bins unevenly."
    )
    measured = table(("calibration error (ECE)", NAMES[OURS], NAMES[TFIDF]), rows)
    return f"{measured}\n\n{note}\n\n![reliability](pictures/reliability.png)"


def curve(results: Results) -> str:
    """What more training messages brought."""
    if not results.curve:
        return "Left out of this run (`--no-curve`)."
    heads, rows = ["training messages"], []
    columns = [
        (system, where, figure)
        for figure in ("intent accuracy", "emotion macro-F1", "complaint F1")
        for where in ("held", DEV)
        for system in (OURS, TFIDF)
        if where in results.curve[0].figures[system]
    ]
    heads += [f"{figure}, {where}, {NAMES[system]}" for system, where, figure in columns]
    for point in results.curve:
        figures = [point.figures[system][where].get(figure, math.nan) for system, where, figure in columns]
        rows.append((f"{point.messages:,}", *(f"{value:.3f}" for value in figures)))
    note = "Nested shares of the first fold's training messages; *held* is what that fold held out."
    return f"{note}\n\n{table(heads, rows)}\n\n![learning curve](pictures/learning-curve.png)"


def costs(results: Results) -> str:
    """Training, size and time a message."""
    rows = [
        (
            NAMES[cost.system],
            "all" if cost.trained_on is None else f"{cost.trained_on:,}",
            plain(cost.seconds, 1),
            plain(cost.megabytes, 1),
            plain(cost.read.p50 if cost.read else None, 2),
            plain(cost.read.p95 if cost.read else None, 2),
        )
        for cost in results.costs
    ]
    heads = ("", "training messages", "training, s", "model, MB", "a message, p50 ms", "p95 ms")
    return table(heads, rows)


def errors(results: Results) -> str:
    """What goes wrong: frequent confusions, and the dev set's errors by id."""
    parts = [
        "Most frequent in cross-validation (gold → predicted):\n\n"
        + table(("task", "gold", "predicted", "times"), _frequent(results.cv.judged[OURS]))
    ]
    if results.dev:
        rows = [row for task in TASKS for row in _wrong(results.dev.judged[OURS].get(task))]
        parts.append(
            f"All {len(rows)} on the dev set, by message id, the surest first. `eval/errors.tsv`, which stays on the "
            "machine, has the texts, and the errors of cross-validation too.\n\n"
            + table(("task", "message", "gold", "predicted", "confidence"), rows)
        )
    return "\n\n".join(parts)


def _frequent(judged: Mapping[str, Judged]) -> Iterator[tuple[str, ...]]:
    for task in TASKS:
        for gold, predicted, times in confusions(judged[task], TOP_CONFUSIONS if task == "intent" else 6):
            yield task, f"`{gold}`", f"`{predicted}`", f"{times:,}"


def _wrong(judged: Judged | None) -> list[tuple[str, ...]]:
    if judged is None:
        return []
    rows = [
        row for row in zip(judged.ids, judged.gold, judged.predicted, judged.confidence) if row[1] != row[2]
    ]
    rows.sort(key=lambda row: (-(0.0 if math.isnan(row[3]) else row[3]), row[0]))
    return [(judged.task, i, f"`{g}`", f"`{p}`", "" if math.isnan(c) else f"{c:.2f}") for i, g, p, c in rows]


def method(results: Results) -> str:
    """How the figures come about."""
    epochs = "those of `config.yml`" if results.epochs is None else str(results.epochs)
    notes = [
        "Dev set: real messages that were never trained on, read by the trained model file. *Ours* is what the "
        "card shows after the lines before were played through the services; *message alone* is Rasa's `parse_message` "
        "with the agent's last line. Labelled twice; what the two passes disagree on is "
        "left out. An intent is right when it equals either of two accepted ones; where the second is predicted, it counts "
        "as gold.",
        f"Cross-validation: {results.folds} folds of the project's own training messages, intents spread evenly, equal texts "
        "never apart; the components of `config.yml` that read (normaliser, `MessageReader`, `RiskClassifier`) are trained "
        f"on the other folds, epochs: {epochs}. The messages were written for this project, so these figures show "
        "what a change did, not what customers will meet. The situations' examples are always trained on.",
        "Macro-F1: mean over the labels that are gold or predicted at least once. Intervals: 95 %, bootstrap percentiles "
        "for F1 and accuracy, Wilson's for precision, recall and the personality.",
        "Majority: always the most frequent label. TF-IDF + LR: character 1- to 4-grams of the normalised text, balanced "
        "logistic regression; it does not see the agent's line.",
        "Cost: training of ours is the median fold, so on fewer messages than the model file; its size is the whole model "
        "file, dialogue included; a message is the whole NLU pipeline. TF-IDF + LR: all four labels.",
    ]
    if results.starter_epochs:
        notes.append(
            f"Rasa starter: `bench/starter/config.yml` for intents only, on the same training messages, with "
            f"{results.starter_epochs} epochs of DIET. Its default of 100 takes hours on two cores: **with more epochs it "
            "would do better**. Dev set only, without the fallback classifier, the agent's line unseen, as it comes."
        )
    else:
        notes.append("Rasa starter: left out of this run.")
    return "\n".join(f"- {note}" for note in notes)
