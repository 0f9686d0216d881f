"""The starter pipeline of Rasa (``bench/starter/config.yml``) with DIET, for intents only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.processes import PYTHON, BenchError, environment, run, tail
from bench.starter_project import CONFIG
from bot.config import ROOT
from eval.messages import EvalError, Labelled
from eval.product import reading_of
from eval.scores import Answered, Reading
from eval.training import Example, write_nlu

TIMEOUT_S = 3_600.0
LEFT_OUT = ("EntitySynonymMapper", "ResponseSelector", "FallbackClassifier")
"""Of no use for intents; the fallback would only turn right answers of low confidence into wrong ones."""


@dataclass(frozen=True)
class Starter:
    """The trained starter, what it cost, and its answers."""

    epochs: int
    seconds: float
    megabytes: float
    answered: Answered


def measure(examples: Sequence[Example], messages: Sequence[Labelled], folder: Path, epochs: int) -> Starter:
    """Train DIET on the examples and let it read the messages.

    Raises:
        EvalError: with the end of the log when training fails.
    """
    config, data, log = folder / "starter.yml", folder / "starter-nlu.yml", folder / "starter.log"
    config.write_text(yaml.safe_dump(_config(epochs), allow_unicode=True, sort_keys=False), encoding="utf-8")
    write_nlu(examples, data)
    command = [
        *(PYTHON, "-m", "rasa", "train", "nlu", "--config", str(config), "--nlu", str(data)),
        *("--domain", str(ROOT / "domain.yml"), "--out", str(folder), "--fixed-model-name", "starter"),
    ]
    env = environment(RASA_MAX_CACHE_SIZE="0", RASA_CACHE_DIRECTORY=str(folder / "starter-cache"))
    model = folder / "starter.tar.gz"
    try:
        seconds = run(command, env, log, TIMEOUT_S).seconds
    except BenchError as error:
        raise EvalError(f"the starter pipeline did not train: {error}") from error
    if not model.is_file():
        raise EvalError(f"the starter pipeline did not train\n{tail(log)}")
    return Starter(epochs, seconds, model.stat().st_size / 1e6, _answer(model, messages))


def _config(epochs: int) -> dict[str, object]:
    config: dict[str, object] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    pipeline = [dict(item) for item in config["pipeline"] if item["name"] not in LEFT_OUT]  # type: ignore[attr-defined]
    for item in pipeline:
        if item["name"] == "DIETClassifier":
            item.update(epochs=epochs, entity_recognition=False)
    return {"recipe": config["recipe"], "language": config["language"], "pipeline": pipeline, "policies": []}


def _answer(model: Path, messages: Sequence[Labelled]) -> Answered:
    """Read the messages one by one; the first is read twice, because it warms up. The agent's line is not read."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    processor = Agent.load(str(model)).processor
    loop = asyncio.new_event_loop()
    readings: list[Reading] = []
    spent: list[float] = []
    for message in [*messages[:1], *messages]:
        began = time.perf_counter()
        parse = loop.run_until_complete(processor.parse_message(UserMessage(message.text)))
        spent.append((time.perf_counter() - began) * 1000)
        readings.append(reading_of(parse))
    loop.close()
    return Answered(tuple(readings[1:]), tuple(spent[1:]))
