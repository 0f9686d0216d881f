"""The measuring itself: cross-validation, the dev set, the learning curve."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.stats import summary
from bot.nlu.normalizer import normalize
from eval import starter
from eval.baselines import Majority, TfidfBaseline, one_by_one
from eval.folds import deal, share
from eval.messages import Dialogue, Labelled
from eval.product import ModelReader, Player
from eval.results import ALONE, MAJORITY, OURS, STARTER, TFIDF, Cost, CurvePoint, Personality
from eval.scores import HEADLINES, Reading, judge_all
from eval.training import Example, TrainedReader, train_reader

SHARES = (0.1, 0.25, 0.5)
"""Of the first fold's training messages; the fold itself is the last point of the curve."""


def say(what: str) -> None:
    """Progress, on stderr."""
    print(f"[eval] {time.strftime('%H:%M:%S')} {what} …", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Fold:
    """One fold: what was trained on, what was held out, the reader that came of it."""

    kept: tuple[Example, ...]
    held: tuple[Labelled, ...]
    reader: TrainedReader


@dataclass(frozen=True)
class CrossValidation:
    """Every training message read by systems that had not seen it; ``first`` is the first fold."""

    messages: tuple[Labelled, ...]
    readings: Mapping[str, tuple[Reading, ...]]
    seconds: tuple[float, ...]
    first: Fold


def cross_validate(examples: Sequence[Example], folds: int, epochs: int | None) -> CrossValidation:
    """Train every system on all folds but one and read that one, in turn."""
    texts = [normalize(e.labelled.text)[0] for e in examples]
    places = deal(texts, [e.labelled.gold["intent"] for e in examples], folds)
    messages: list[Labelled] = []
    readings: dict[str, list[Reading]] = {OURS: [], TFIDF: [], MAJORITY: []}
    seconds: list[float] = []
    first: Fold | None = None
    for number in range(folds):
        say(f"cross-validation, fold {number + 1} of {folds}")
        kept = tuple(e for e, place in zip(examples, places) if place != number)
        held = tuple(e.labelled for e, place in zip(examples, places) if place == number)
        reader = train_reader(kept, epochs)
        first = first or Fold(kept, held, reader)
        seconds.append(reader.seconds)
        messages += held
        readings[OURS] += reader.read(held)
        for system, baseline in ((TFIDF, TfidfBaseline()), (MAJORITY, Majority())):
            baseline.fit([e.labelled for e in kept])
            readings[system] += baseline.read(held)
    assert first is not None  # at least two folds
    found = {system: tuple(rows) for system, rows in readings.items()}
    return CrossValidation(tuple(messages), found, tuple(seconds), first)


@dataclass(frozen=True)
class DevReadings:
    """What every system read in the dev set, and what each of them cost."""

    readings: Mapping[str, tuple[Reading, ...]]
    costs: tuple[Cost, ...]


def read_dev(
    examples: Sequence[Example],
    messages: Sequence[Labelled],
    reader: ModelReader,
    model: Path,
) -> DevReadings:
    """The trained model and the two quick baselines on the dev set. The model was trained before: its time is unknown."""
    say("dev set: ours and the baselines")
    alone = reader.answer(messages)
    player = Player(reader)
    ours = tuple(player.read(message) for message in messages)
    labelled = [e.labelled for e in examples]
    tfidf, majority = TfidfBaseline(), Majority()
    began = time.perf_counter()
    tfidf.fit(labelled)
    fitted = time.perf_counter() - began
    majority.fit(labelled)
    theirs = one_by_one(tfidf, messages)
    readings = {
        OURS: ours,
        ALONE: alone.readings,
        TFIDF: theirs.readings,
        MAJORITY: tuple(majority.read(messages)),
    }
    size = model.stat().st_size / 1e6
    costs = (
        Cost(OURS, None, None, size, summary(alone.milliseconds)),
        Cost(TFIDF, len(examples), fitted, tfidf.megabytes, summary(theirs.milliseconds)),
    )
    return DevReadings(readings, costs)


def read_starter(
    examples: Sequence[Example], messages: Sequence[Labelled], folder: Path, epochs: int
) -> DevReadings:
    """The starter pipeline on the dev set, trained on the same messages."""
    say(f"training the starter pipeline, {epochs} epochs of DIET (minutes)")
    found = starter.measure(examples, messages, folder, epochs)
    spent = summary(found.answered.milliseconds)
    cost = Cost(STARTER, len(examples), found.seconds, found.megabytes, spent)
    return DevReadings({STARTER: found.answered.readings}, (cost,))


def personalities(reader: ModelReader, dialogues: Sequence[Dialogue]) -> Personality | None:
    """Personality of the dev set's conversations; None without any."""
    say("personality of whole conversations")
    player = Player(reader)
    guesses = tuple(player.guess(dialogue) for dialogue in dialogues if dialogue.personality)
    return Personality(guesses) if guesses else None


def learning_curve(first: Fold, dev: Sequence[Labelled], epochs: int | None) -> list[CurvePoint]:
    """Scores after training on nested shares of the first fold, on its held-out messages and on the dev set."""
    labels = [e.labelled.gold["intent"] for e in first.kept]
    points: list[CurvePoint] = []
    for part in (*SHARES, 1.0):
        rows = share(labels, part)
        say(f"learning curve, {len(rows):,} messages")
        kept = [first.kept[row] for row in rows]
        reader = first.reader if part == 1.0 else train_reader(kept, epochs)
        tfidf = TfidfBaseline()
        tfidf.fit([e.labelled for e in kept])
        figures = {
            system: {
                name: _headlines(messages, read(messages))
                for name, messages in (("held", first.held), ("dev", dev))
                if messages
            }
            for system, read in ((OURS, reader.read), (TFIDF, tfidf.read))
        }
        points.append(CurvePoint(len(rows), figures))
    return points


def _headlines(messages: Sequence[Labelled], readings: Sequence[Reading]) -> dict[str, float]:
    found: dict[str, float] = {}
    for task, judged in judge_all(messages, readings).items():
        if judged.ids:
            once = np.ones((1, len(judged.ids)))
            for name, make in HEADLINES[task].items():
                found[f"{task} {name}"] = float(make(judged)(once)[0])
    return found
