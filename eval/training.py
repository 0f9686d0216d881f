"""The training messages, and the product's reader trained on some of them.

The reader is the component of ``config.yml`` itself, with its options, between the components it needs: what is measured
in cross-validation reads exactly as the product does.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path

from bot.config import ROOT
from bot.nlu.examples import METADATA, agent_line, task_labels
from eval.messages import TASKS, EvalError, Labelled
from eval.product import reading_of
from eval.scores import Reading

NLU_DATA = ROOT / "data" / "nlu"
CONFIG = ROOT / "config.yml"
READER = "bot.nlu.reader.MessageReader"
CHAIN = ("bot.nlu.normalizer.TextNormalizer", READER, "bot.nlu.signals.RiskClassifier")
"""What intent, emotion, complaint and risk come from."""
_CONTEXT = ExecutionContext(GraphSchema({}))


@dataclass(frozen=True)
class Example:
    """A training message: as Rasa read it, and with its labels."""

    message: Message
    labelled: Labelled


def training_examples() -> list[Example]:
    """The project's own training messages, in the order of the files."""
    messages = [m for m in load_data(str(NLU_DATA)).intent_examples if m.get(TEXT)]
    return [Example(message, _labelled(number, message)) for number, message in enumerate(messages)]


def _labelled(number: int, message: Message) -> Labelled:
    labels = task_labels(message)
    gold = {task: labels[task] for task in TASKS}
    return Labelled(f"train-{number:05d}", "training", str(message.get(TEXT)), agent_line(message), gold)


@dataclass(frozen=True)
class TrainedReader:
    """The components after training on ``messages`` messages, and the seconds it took."""

    components: tuple[Any, ...]
    messages: int
    seconds: float

    def read(self, labelled: Sequence[Labelled]) -> list[Reading]:
        """Read messages as they arrive at run time: text and the agent's line, no labels."""
        incoming = [Message({TEXT: m.text, METADATA: {"agent": m.agent}}) for m in labelled]
        for component in self.components:
            component.process(incoming)
        return [reading_of(message.as_dict(only_output_properties=True)) for message in incoming]


def train_reader(examples: Sequence[Example], epochs: int | None = None) -> TrainedReader:
    """Train the components and load them again, as the product does.

    Args:
        epochs: instead of those in ``config.yml``.

    Raises:
        EvalError: when ``config.yml`` lacks one of the components.
    """
    # components write on messages: each training gets its own
    data = TrainingData([Message(dict(e.message.data)) for e in examples])
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="assist-eval-") as folder:
        components = []
        for number, (kind, config) in enumerate(_chain(epochs)):
            storage, resource = LocalModelStorage(Path(folder)), Resource(f"component-{number}")
            component = kind.create(config, storage, resource, _CONTEXT)
            if hasattr(component, "train"):
                component.train(data)
                component = kind.load(config, storage, resource, _CONTEXT)
            if hasattr(component, "process_training_data"):
                component.process_training_data(data)
            components.append(component)
    return TrainedReader(tuple(components), len(examples), time.perf_counter() - began)


def write_nlu(examples: Sequence[Example], path: Path) -> None:
    """Texts and intents of the examples as Rasa's training data: what a pipeline without labels of its own learns from."""
    by_intent: dict[str, list[dict[str, str]]] = {}
    for example in examples:
        by_intent.setdefault(example.labelled.gold["intent"], []).append({"text": example.labelled.text})
    nlu = [{"intent": intent, "examples": texts} for intent, texts in by_intent.items()]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")


def _chain(epochs: int | None) -> list[tuple[Any, dict[str, Any]]]:
    """Class and options of each component of the chain, as ``config.yml`` sets them."""
    configured = {
        item["name"]: item for item in yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["pipeline"]
    }
    chain = []
    for name in CHAIN:
        if name not in configured:
            raise EvalError(f"{CONFIG.name} has no component {name}")
        kind: Any = class_from_module_path(name)
        options = {key: value for key, value in configured[name].items() if key != "name"}
        config = {**kind.get_default_config(), **options}
        if name == READER and epochs:
            config["epochs"] = epochs
        chain.append((kind, config))
    return chain
