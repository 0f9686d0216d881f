"""The results as Markdown. Messages are named by their id only: the dev set's texts stay out of the project."""

from __future__ import annotations

from bench.machine import Noise
from eval.cells import CV, DEV, NAMES, figure, lead, table
from eval.details import confidence, costs, curve, errors, labels, method
from eval.messages import TASKS
from eval.metrics import ROUNDS
from eval.results import CEILING, Compared, Results, targets
from eval.scores import HEADLINES

QUIET = 1.3
"""A reference loop whose median is this much above its best says that the machine was busy."""


def markdown(results: Results) -> str:
    """The whole report."""
    sections = [
        _head(results),
        "## Targets\n\n" + _targets(results),
        "## Dev set\n\n" + (_compared(results.dev, DEV) if results.dev else "Left out of this run."),
        "## Personality of whole conversations\n\n" + _personality(results),
        f"## Cross-validation, {results.folds} folds\n\n" + _compared(results.cv, CV),
        "## Label by label, ours\n\n" + labels(results),
        "## Confidence\n\n" + confidence(results),
        "## Learning curve\n\n" + curve(results),
        "## Cost\n\n" + costs(results),
        "## Errors to read\n\n" + errors(results),
        "## How it is measured\n\n" + method(results),
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
    text = "# Evaluation of the NLU\n\nWritten by `make eval` (`python -m eval`).\n\n" + table(("", ""), rows)
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
            figure(item.value),
            f"{'≤' if item.at_most else '≥'} {item.limit:.2f}",
            "yes" if item.reached else "**no**",
        )
        for item in targets(results)
    ]
    text = table(("figure", "measured [95 %]", "target", "reached"), rows)
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
        rows.append((f"{task} {headline}", *map(figure, values), ceiling))
        ahead = [found.leads[s][task][headline] if task in found.leads[s] else None for s in systems[1:]]
        leads.append((f"{task} {headline}", *map(lead, ahead)))
    heads = [NAMES[system] for system in systems]
    return (
        table(("", *heads, "two people" if name == DEV else ""), rows)
        + f"\n\nOurs minus each baseline, paired bootstrap over the same messages ({ROUNDS:,} rounds); "
        + "bold where the interval leaves out 0:\n\n"
        + table(("", *(f"− {head}" for head in heads[1:])), leads)
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
        f"({figure(found.coverage)}), and then right: {figure(found.precision)}."
    )
    if not mistakes:
        return text
    return text + "\n\nWrongly named:\n\n" + table(("conversation", "people", "ours", "confidence"), mistakes)
