"""Small helpers to run graph components without a pipeline: storage, messages, training data, a trip to disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.normalizer import TextNormalizer
from bot.nlu.tokenizer import SpacyZhTokenizer

CONTEXT = ExecutionContext(GraphSchema({}))
RESOURCE = Resource("component")


def example(text: str, intent: str = "ask_policy", *, agent: str = "", **labels: object) -> Message:
    """A training example as Rasa reads it from YAML: ``labels`` become its metadata."""
    if labels or agent:
        labels = {**({"agent": agent} if agent else {}), **labels}
        return Message({"text": text, "intent": intent, "metadata": {"example": labels}})
    return Message({"text": text, "intent": intent})


def incoming(text: str, *, agent: str = "") -> Message:
    """A message as it arrives, after the agent's line ``agent``."""
    return Message({"text": text, "metadata": {"agent": agent}} if agent else {"text": text})


def build(component: type[GraphComponent], folder: Path, **options: Any) -> Any:
    """An untrained component with its default options."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**component.get_default_config(), **options}
    return component.create(config, LocalModelStorage(folder), RESOURCE, CONTEXT)


def trained(
    component: type[GraphComponent], folder: Path, data: TrainingData, **options: Any
) -> tuple[Any, Any]:
    """The component after training and, as a second one, what a fresh process loads from its files."""
    config = {**component.get_default_config(), **options}
    live = build(component, folder, **options)
    assert live.train(data) == RESOURCE
    return live, component.load(config, LocalModelStorage(folder), RESOURCE, CONTEXT)


class Pipeline:
    """Normaliser and tokenizer, run over training examples and over messages as they arrive."""

    def __init__(self, folder: Path, examples: Iterable[Message]) -> None:
        self.data = TrainingData([Message(dict(m.data)) for m in examples])  # components write on messages
        self._steps = [build(TextNormalizer, folder / "n"), build(SpacyZhTokenizer, folder / "t")]
        for step in self._steps:
            step.process_training_data(self.data)

    def of(self, text: str, *, agent: str = "") -> Message:
        """One message, ready to be read."""
        message = incoming(text, agent=agent)
        for step in self._steps:
            step.process([message])
        return message
