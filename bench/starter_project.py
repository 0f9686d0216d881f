"""The starter project: Rasa's default configuration on our training examples, with the simplest dialogue."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.processes import ROOT

CONFIG = Path(__file__).parent / "starter" / "config.yml"
STORIES = 20
TURNS = 3
SEED = 3


@dataclass(frozen=True)
class Project:
    """The files ``rasa train`` needs."""

    config: Path
    domain: Path
    data: tuple[Path, ...]


def build(folder: Path, epochs: int) -> Project:
    """Write the starter project into ``folder``; ``epochs`` replaces every component's own number."""
    intents = [_name(entry) for entry in _read(ROOT / "domain.yml")["intents"]]
    folder.mkdir(parents=True, exist_ok=True)
    config = _read(CONFIG)
    for component in [*config["pipeline"], *config["policies"]]:
        if "epochs" in component:
            component["epochs"] = epochs
    project = Project(
        folder / "config.yml", folder / "domain.yml", (ROOT / "data" / "nlu", folder / "stories.yml")
    )
    _write(project.config, config)
    _write(project.domain, _domain(intents))
    _write(project.data[1], {"version": "3.1", "stories": _stories(intents)})
    return project


def _domain(intents: list[str]) -> dict[str, Any]:
    responses = {
        f"utter_{intent}": [{"text": f"您好，{intent} 已收到，马上为您处理。"}] for intent in intents
    }
    session = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
    return {"version": "3.1", "intents": intents, "responses": responses, "session_config": session}


def _stories(intents: list[str]) -> list[dict[str, Any]]:
    """Each intent is answered by its own response; every intent occurs, in no order."""
    dice = random.Random(SEED)
    order = [*intents, *dice.choices(intents, k=max(0, STORIES * TURNS - len(intents)))]
    dice.shuffle(order)
    turns = -(-len(order) // STORIES)
    stories = []
    for number in range(STORIES):
        steps: list[dict[str, str]] = []
        for intent in order[number * turns : (number + 1) * turns]:
            steps += [{"intent": intent}, {"action": f"utter_{intent}"}]
        stories.append({"story": f"story {number + 1}", "steps": steps})
    return stories


def _name(entry: Any) -> str:
    return next(iter(entry)) if isinstance(entry, dict) else str(entry)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
