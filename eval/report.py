"""The results as Markdown. Messages are named by their id only: the dev set's texts stay out of the project."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.machine import Noise
from eval.messages import TASKS
from eval.metrics import ROUNDS, Interval
from eval.results import CEILING, MAJORITY, OURS, STARTER, TFIDF, Compared, Results, targets
from eval.scores import HEADLINES, Judged, LabelScore, confusions

NAMES: Mapping[str, str] = {
    OURS: "ours",
    STARTER: "Rasa starter (DIET)",
    TFIDF: "TF-IDF + LR",
    MAJORITY: "majority",
}
QUIET = 1.3
"""A reference loop whose median is this much above its best says that the machine was busy."""
TOP_CONFUSIONS = 20
DEV, CV = "dev", "cv"


def markdown(results: Results) -> str:
    """The whole report."""
    sections = [
        _head(results),
        "## Targets\n\n" + _targets(results),
        "## Dev set\n\n" + (_compared(results.dev, DEV) if results.dev else "Left out of this run."),
        "## Personality of whole conversations\n\n" + _personality(results),
        f"## Cross-validation, {results.folds} folds\n\n" + _compared(results.cv, CV),
        "## Label by label, ours\n\n" + _labels(results),
        "## Confidence\n\n" + _confidence(results),
        "## Learning curve\n\n" + _curve(results),
        "## Cost\n\n" + _costs(results),
        "## Errors to read\n\n" + _errors(results),
        "## How it is measured\n\n" + _method(results),
    ]
    return "\n\n".join(sections) + "\n"


def _head(results: Results) -> str:
    facts = results.machine
    dev = f"{len(results.dev.messages)} messages" if results.dev else "left out"
    rows = [
        ("date", f"{facts.at}, {results.minutes:.1f} minutes"),
        ("machine", f"{facts.cores} cores, {facts.cpu}, {facts.memory_gb} GB"),
        ("versions", f"Python {facts.python}, Rasa {facts.rasa}, TensorFlow {facts.tensorflow}"),
        *((f"noise, {when}", _noise(value)) for when, value in zip(("start", "end"), results.noise)),
        ("training messages", f"{len(results.cv.messages):,}"),
        ("dev set", dev),
    ]
    text = "# Evaluation of the NLU\n\nWritten by `make eval` (`python -m eval`).\n\n" + _table(
        ("", ""), rows
    )
    if results.quick:
        text += "\n\n**Quick run:** fewer folds, epochs or messages. Good for a look, not for a comparison."
    if any(value.median_ms > QUIET * value.best_ms for value in results.noise):
        text += "\n\n**The machine was busy with other work:** times are higher than on free cores."
    return text


def _noise(value: Noise) -> str:
    return f"load {value.load}; a fixed loop took {value.median_ms} ms (best {value.best_ms} ms)"


def _targets(results: Results) -> str:
    rows = [
        (
            item.name,
            _figure(item.value),
            f"{'≤' if item.at_most else '≥'} {item.limit:.2f}",
            "yes" if item.reached else "**no**",
        )
        for item in targets(results)
    ]
    text = _table(("figure", "measured [95 %]", "target", "reached"), rows)
    return (
        text if results.dev else text + "\n\nThe others are measured on the dev set, which this run left out."
    )


def _compared(found: Compared, name: str) -> str:
    systems = [system for system in NAMES if system in found.scores]
    rows, leads = [], []
    for task, headline in ((t, h) for t in TASKS for h in HEADLINES[t]):
        values = [
            found.scores[s][task].headlines[headline] if task in found.scores[s] else None for s in systems
        ]
        ceiling = f"{CEILING[task, headline]:.2f}" if name == DEV and (task, headline) in CEILING else ""
        rows.append((f"{task} {headline}", *map(_figure, values), ceiling))
        ahead = [found.leads[s][task][headline] if task in found.leads[s] else None for s in systems[1:]]
        leads.append((f"{task} {headline}", *map(_lead, ahead)))
    heads = [NAMES[system] for system in systems]
    return (
        _table(("", *heads, "two people" if name == DEV else ""), rows)
        + f"\n\nOurs minus each baseline, paired bootstrap over the same messages ({ROUNDS:,} rounds); "
        + "bold where the interval leaves out 0:\n\n"
        + _table(("", *(f"− {head}" for head in heads[1:])), leads)
        + f"\n\n![intents](pictures/confusion-intent-{name}.png)\n\n![the rest](pictures/confusion-others-{name}.png)"
    )


def _personality(results: Results) -> str:
    found = results.personality
    if found is None:
        return "Left out of this run."
    mistakes = [
        (g.id, g.gold, g.predicted, f"{g.confidence:.2f}") for g in found.spoken if g.gold != g.predicted
    ]
    text = (
        f"{len(found.guesses)} conversations whose type two people agreed on; a type is named in {len(found.spoken)} "
        f"({_figure(found.coverage)}), and then right: {_figure(found.precision)}."
    )
    if not mistakes:
        return text
    return (
        text + "\n\nWrongly named:\n\n" + _table(("conversation", "people", "ours", "confidence"), mistakes)
    )


def _labels(results: Results) -> str:
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
        parts.append(f"### {task}\n\n" + _table(("", *heads), rows))
    return "\n\n".join(parts)


def _label(found: LabelScore | None) -> tuple[str, str, str, str]:
    if found is None:
        return "", "", "", ""
    precision, recall = (
        "–" if value is None else f"{value.value:.2f}" for value in (found.precision, found.recall)
    )
    return f"{found.support:,}", precision, recall, _figure(found.f1)


def _confidence(results: Results) -> str:
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
    table = _table(("calibration error (ECE)", NAMES[OURS], NAMES[TFIDF]), rows)
    return f"{table}\n\n{note}\n\n![reliability](pictures/reliability.png)"


def _curve(results: Results) -> str:
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
    return f"{note}\n\n{_table(heads, rows)}\n\n![learning curve](pictures/learning-curve.png)"


def _costs(results: Results) -> str:
    rows = [
        (
            NAMES[cost.system],
            f"{cost.trained_on:,}",
            _plain(cost.seconds, 1),
            _plain(cost.megabytes, 1),
            _plain(cost.read.p50 if cost.read else None, 2),
            _plain(cost.read.p95 if cost.read else None, 2),
        )
        for cost in results.costs
    ]
    heads = ("", "training messages", "training, s", "model, MB", "a message, p50 ms", "p95 ms")
    return _table(heads, rows)


def _errors(results: Results) -> str:
    parts = [
        "Most frequent in cross-validation (gold → predicted):\n\n"
        + _table(("task", "gold", "predicted", "times"), _frequent(results.cv.judged[OURS]))
    ]
    if results.dev:
        rows = [row for task in TASKS for row in _wrong(results.dev.judged[OURS].get(task))]
        parts.append(
            f"All {len(rows)} on the dev set, by message id, the surest first. `eval/errors.tsv`, which stays on the "
            "machine, has the texts, and the errors of cross-validation too.\n\n"
            + _table(("task", "message", "gold", "predicted", "confidence"), rows)
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


def _method(results: Results) -> str:
    epochs = "those of `config.yml`" if results.epochs is None else str(results.epochs)
    notes = [
        "Dev set: real messages that were never trained on, read by the trained model file through Rasa's "
        "`parse_message` with the agent's last line, as the engine does. Labelled twice; what the two passes disagree on is "
        "left out. An intent is right when it equals either of two accepted ones; where the second is predicted, it counts "
        "as gold.",
        f"Cross-validation: {results.folds} folds of the project's own training messages, intents spread evenly, equal texts "
        "never apart; the components of `config.yml` that read (normaliser, `MessageReader`, `RiskClassifier`) are trained "
        f"on the other folds, epochs: {epochs}. The messages were written for this project, so these figures are higher than "
        "on real ones: they show changes, not what customers meet.",
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


def _figure(value: Interval | None) -> str:
    if value is None or math.isnan(value.value):
        return "–"
    if math.isnan(value.low):
        return f"{value.value:.3f}"
    return f"{value.value:.3f} [{value.low:.2f}, {value.high:.2f}]"


def _lead(value: Interval | None) -> str:
    if value is None or math.isnan(value.value):
        return "–"
    text = f"{value.value:+.3f} [{value.low:+.2f}, {value.high:+.2f}]"
    return f"**{text}**" if value.low > 0 or value.high < 0 else text


def _plain(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
