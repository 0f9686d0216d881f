"""Intent classifier: one calibrated linear model over the shared feature row."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.labels import INTENTS
from bot.nlu.features import feature_row, feature_rows
from bot.nlu.linear import LinearModel, TrainingDataError, fit
from bot.nlu.normalizer import ensure_normalized

FILE = "intent.npz"
NO_TEXT = "out_of_scope"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Predicts one of the project's intents with a calibrated confidence and a ranking."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs at least one featurizer before it."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``c`` inverse regularisation; ``max_iter`` of the optimiser; length of the ranking."""
        return {"c": 3.0, "max_iter": 60, "ranking_length": 10}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all intent examples and persist.

        Raises:
            TrainingDataError: for an intent outside the label set or without enough examples.
        """
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        labels = [str(e.get(INTENT)) for e in examples]
        unknown = sorted(set(labels) - set(INTENTS))
        if unknown:
            raise TrainingDataError(f"intents outside the label set: {', '.join(unknown)}")
        if not examples:
            raise TrainingDataError("no intent examples to train on")
        rows = feature_rows(examples)
        self._model = fit(rows, labels, c=self._config["c"], max_iter=self._config["max_iter"])
        with self._model_storage.write_to(self._resource) as directory:
            self._model.save(directory / FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Restore a trained classifier."""
        with model_storage.read_from(resource) as directory:
            model = LinearModel.read(directory / FILE)
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking. A message without readable text is ``out_of_scope`` with confidence 0."""
        for message in messages:
            ranking = self._rank(message)[: self._config["ranking_length"]]
            named = [{"name": name, "confidence": score} for name, score in ranking]
            message.set(INTENT, named[0], add_to_output=True)
            message.set("intent_ranking", named, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[tuple[str, float]]:
        if self._model is None or not ensure_normalized(message)[0]:
            return [(NO_TEXT, 0.0)]
        return self._model.ranking(feature_row(message))
