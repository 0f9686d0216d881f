"""Emotion classifier: label, intensity and complaint, trained from the examples' metadata."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.labels import EMOTIONS
from bot.nlu.features import feature_row, feature_rows, labels_of
from bot.nlu.linear import LinearModel, Rows, TrainingDataError, fit
from bot.nlu.normalizer import ensure_normalized

EMOTION, COMPLAINT = "emotion", "is_complaint"
_FILES = {"emotion": "emotion.npz", "intensity": "intensity.npz", "complaint": "complaint.npz"}
_INTENSIFIER = re.compile(
    r"太|特别|非常|极其|超级|死了|死我|要命|到底|!{2,}|\?{2,}|从来没|简直|彻底|多少次|几百遍"
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmotionClassifier(GraphComponent):
    """Reads how the customer feels. Output: ``emotion`` {name, confidence, intensity, ranking}, ``is_complaint``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """As for the intent classifier; ``complaint_threshold`` is the probability from which it counts."""
        return {
            "c": 2.0,
            "max_iter": 60,
            "complaint_threshold": 0.4,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        models: dict[str, LinearModel] | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._models = models or {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmotionClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the three models on every example that carries metadata.

        Raises:
            TrainingDataError: for a label outside the set, an intensity that contradicts it, or no metadata.
        """
        examples = [e for e in training_data.training_examples if e.get(TEXT) and labels_of(e).get(EMOTION)]
        if not examples:
            raise TrainingDataError("no training example carries emotion metadata")
        labels = [_checked(e) for e in examples]
        rows = feature_rows(examples)
        options = {"c": self._config["c"], "max_iter": self._config["max_iter"]}
        moved = [i for i, label in enumerate(labels) if label[EMOTION] != "neutral"]
        self._models = {
            "emotion": fit(rows, [label[EMOTION] for label in labels], balanced=True, **options),
            "intensity": fit(
                rows.take(np.asarray(moved)), [str(round(labels[i]["intensity"])) for i in moved], **options
            ),
            "complaint": fit(rows, [str(int(label["complaint"])) for label in labels], **options),
        }
        with self._model_storage.write_to(self._resource) as directory:
            for name, model in self._models.items():
                model.save(directory / _FILES[name])
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EmotionClassifier:
        """Restore a trained classifier."""
        with model_storage.read_from(resource) as directory:
            models = {name: LinearModel.read(directory / file) for name, file in _FILES.items()}
        return cls(config, model_storage, resource, models)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set emotion and complaint; a message without readable text is neutral."""
        for message in messages:
            text = ensure_normalized(message)[0]
            if not self._models or not text:
                message.set(EMOTION, _neutral(), add_to_output=True)
                message.set(COMPLAINT, False, add_to_output=True)
                continue
            row = feature_row(message)
            ranking = self._models["emotion"].ranking(row)
            name, confidence = ranking[0]
            complaint = dict(self._models["complaint"].ranking(row)).get("1", 0.0)
            message.set(
                EMOTION,
                {
                    "name": name,
                    "confidence": confidence,
                    "intensity": self._intensity(row, text) if name != "neutral" else 0.0,
                    "ranking": [{"name": n, "confidence": p} for n, p in ranking],
                },
                add_to_output=True,
            )
            message.set(COMPLAINT, complaint >= self._config["complaint_threshold"], add_to_output=True)
        return messages

    def _intensity(self, row: Rows, text: str) -> float:
        """Expected intensity 1 .. 3 in halves; an intensifier or repeated punctuation adds a little."""
        model = self._models["intensity"]
        expected = float(np.dot(model.probabilities(row)[0], [float(c) for c in model.classes]))
        expected += 0.25 * bool(_INTENSIFIER.search(text))
        return max(1.0, min(3.0, round(expected * 2) / 2))


def _neutral() -> dict[str, Any]:
    return {"name": "neutral", "confidence": 0.0, "intensity": 0.0, "ranking": []}


def _checked(example: Message) -> dict[str, Any]:
    """The metadata of an example, its values checked against docs/labels."""
    label = labels_of(example)
    text = str(example.get(TEXT))[:30]
    if label[EMOTION] not in EMOTIONS:
        raise TrainingDataError(f"'{text}': emotion '{label[EMOTION]}' is outside the label set")
    missing = {"intensity", "complaint", "risk"} - label.keys()
    if missing:
        raise TrainingDataError(f"'{text}': metadata lacks {', '.join(sorted(missing))}")
    if (label[EMOTION] == "neutral") != (float(label["intensity"]) == 0):
        raise TrainingDataError(
            f"'{text}': intensity {label['intensity']} contradicts emotion {label[EMOTION]}"
        )
    return label
