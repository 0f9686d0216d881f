"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.machine import Noise
from bench.results import FULL_EPOCHS, Results, ratios, targets
from bench.stats import Summary

QUIET = 1.3
"""A reference loop whose median is this much above its best says that the machine was busy."""


def markdown(results: Results) -> str:
    """The whole report."""
    sections = [
        _head(results),
        "## Targets\n\n" + _targets(results),
        "## Beside Rasa's starter pipeline, same data, same run\n\n" + _ratios(results),
        "## In process\n\n" + _in_process(results),
        "## Through the server\n\n" + _server(results),
        "## How it is measured\n\n" + _method(results),
    ]
    return "\n\n".join(sections) + "\n"


def _head(results: Results) -> str:
    facts = results.machine
    rows = [
        ("date", f"{facts.at}, {results.minutes:.1f} minutes"),
        ("machine", f"{facts.cores} cores, {facts.cpu}, {facts.memory_gb} GB"),
        ("versions", f"Python {facts.python}, Rasa {facts.rasa}, TensorFlow {facts.tensorflow}"),
        *((f"noise, {when}", _noise(value)) for when, value in zip(("start", "end"), results.noise)),
    ]
    text = "# Benchmark\n\nWritten by `make bench` (`python -m bench`).\n\n" + _table(("", ""), rows)
    if results.quick:
        text += "\n\n**Quick run:** a tenth of the messages. Good for a look, not for a comparison."
    if any(value.median_ms > QUIET * value.best_ms for value in results.noise):
        text += "\n\n**The machine was busy with other work:** times are higher than on free cores."
    return text


def _noise(value: Noise) -> str:
    return f"load {value.load}; a fixed loop took {value.median_ms} ms (best {value.best_ms} ms)"


def _targets(results: Results) -> str:
    rows = [
        (
            item.name,
            f"{item.value:,} {item.unit}",
            f"{'≥' if item.at_least else '≤'} {item.limit:,} {item.unit}",
            "yes" if item.reached else "**no**",
        )
        for item in targets(results)
    ]
    return _table(("figure", "measured", "target", "reached"), rows)


def _ratios(results: Results) -> str:
    rows = [
        (
            item.name,
            f"{item.ours:,.1f} {item.unit}",
            f"{item.starter:,.1f} {item.unit}",
            f"{item.times:.1f} ×",
        )
        for item in ratios(results)
    ]
    if not rows:
        return "Left out of this run (`--no-starter`)."
    return _table(("figure", "ours", "starter", "starter / ours"), rows)


def _in_process(results: Results) -> str:
    ours = results.product
    rows = [
        _times("card, by the clock", ours.card),
        _times("card, processor time", ours.cpu),
        *(_times(f"`timing_ms`: {name}", value) for name, value in ours.parts.items()),
    ]
    return _table(("", "p50 ms", "p95 ms", "cards"), rows)


def _server(results: Results) -> str:
    served = results.served
    growth = served.growth
    rows = [
        _times("one conversation at a time", served.one),
        _times(f"eight at once ({served.cards_a_second} cards/s)", served.at_once),
    ]
    places = [("5", f"{growth.early}"), *((f"{place:,}", f"{ms}") for place, ms in growth.later.items())]
    last = max(growth.later)
    return (
        _table(("", "p50 ms", "p95 ms", "cards"), rows)
        + "\n\n"
        + _table(("message of one conversation", "median ms"), places)
        + f"\n\nMessage 5 of fresh conversations held while message {last:,} was measured: {growth.early_then} ms; "
        + f"ratio {growth.ratio:.2f}."
    )


def _method(results: Results) -> str:
    notes = [
        "Messages: 60 lines written by hand (`bench/messages.txt`); after the first pass with other digits and endings. "
        "Eight customer lines a conversation, the agent speaks after every second.",
        "In process: `ConversationEngine.customer_line`, SQLite file, in-process actions, after a warm-up. "
        "Starter: `Agent.handle_text`, tracker in memory.",
        "Server: `python -m bot run` as a process of its own, HTTP on the loopback, the client on the same cores.",
        "Place in a conversation: median of 18 customer lines around it, every second line the agent's; "
        "between them lines 3, 5 and 7 of fresh conversations with the same texts give message 5.",
        "Cold start: second start of the server, from the start of the process to the first whole card.",
        "Training: `rasa train --force --skip-validation`, NLU and dialogue, Rasa's cache off, in a process of its own. "
        "Memory: resident set, MB = 10^6 bytes; the peak is the operating system's.",
        f"Starter: `bench/starter/config.yml`, our `data/nlu`, 20 short stories, one response an intent; trained for "
        f"{results.starter_epochs} epochs, which changes neither its speed nor its size once trained. An estimate for "
        f"{FULL_EPOCHS} epochs adds the missing ones at the pace of those that ran; `--starter-epochs {FULL_EPOCHS}` "
        "measures it (hours on two cores).",
    ]
    return "\n".join(f"- {note}" for note in notes)


def _times(name: str, value: Summary) -> tuple[str, ...]:
    return name, f"{value.p50:.1f}", f"{value.p95:.1f}", f"{value.n:,}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
