"""The component that reads a message: one trained network gives intent, feeling, complaint, risk and situation."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.content import ServiceSituation
from bot.core.labels import EMOTIONS, INTENTS
from bot.nlu.examples import TrainingDataError, agent_line, task_labels
from bot.nlu.library import library
from bot.nlu.network import Network
from bot.nlu.normalizer import ensure_normalized, normalize
from bot.nlu.tuning import Sample, tune

FILE = "network.npz"
NO_TEXT = "out_of_scope"
MIN_EXAMPLES = 2
RISK_SCORES = "risk_ranking"
SITUATIONS = "situation_ranking"
_FIXED = {"intensity": ("1", "2", "3"), "complaint": ("0", "1"), "risk": ("0", "1", "2")}
_INTENSIFIER = re.compile(
    r"太|特别|非常|极其|超级|死了|死我|要命|到底|!{2,}|\?{2,}|从来没|简直|彻底|多少次|几百遍"
)

_PERSISTENT = re.compile(
    r"老是|总是|一直(?!到)|经常|天天|反复|怎么都|怎么也|又(?:坏|断|卡|错|没|不)|不止一次|不是一[次回]|(?:[三四五六七八九十几]|\d+)(?:次|回|遍)"
    r"|(?:个多?月|半年|天|周|星期)(?:了|都|还|,)|才(?:买|用|换|修|装)|刚(?:买|换|修)|从来没|从没|都没(?:人|解决|处理)|未解决|气死|急死|太(?:慢|差|卡|频繁|坑|烂)"
)
"""Words of a trouble that lasts or returns: with them a report is a complaint (labels: 才买三天就坏、老是)."""


def _situations() -> tuple[ServiceSituation, ...]:
    content = library()
    return tuple(content.situations[key] for key in sorted(content.situations))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageReader(IntentClassifier, GraphComponent):
    """Sets ``intent`` and ranking, ``emotion`` {name, confidence, intensity, ranking}, ``is_complaint``,
    ``risk_ranking`` and ``situation_ranking``.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Runs after the tokenizer, as every classifier of Rasa does."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``epochs`` of training, the probability from which a message counts as a complaint (less is needed when it
        words a trouble that lasts or returns), list lengths.
        """
        return {
            "epochs": 6,
            "complaint_threshold": 0.3,
            "persistent_threshold": 0.08,
            "ranking_length": 10,
            "situations_length": 5,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        network: Network | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._network = network

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """An untrained reader."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Hash of what is learnt from the content: an edited situation retrains this component."""
        digest = hashlib.sha256()
        for situation in _situations():
            cue = situation.cue.pattern if situation.cue else ""
            digest.update(repr((situation.id, cue, sorted(situation.intents), situation.examples)).encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Tune the network on all examples and the situations' own, and persist it.

        Raises:
            TrainingDataError: for a label outside the sets, missing metadata, or a label without enough examples.
        """
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        if not examples:
            raise TrainingDataError("no intent examples to train on")
        situations = _situations()
        samples = [_sample(example, situations) for example in examples]
        samples += [Sample(normalize(e)[0], "", {"situation": s.id}) for s in situations for e in s.examples]
        labels = {
            "intent": _present(samples, "intent", INTENTS),
            "emotion": _present(samples, "emotion", EMOTIONS),
            **_FIXED,
            "situation": tuple(s.id for s in situations),
        }
        self._network = tune(samples, labels, epochs=self._config["epochs"])
        with self._model_storage.write_to(self._resource) as directory:
            self._network.save(directory / FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageReader:
        """Restore a trained reader; one message is read, so that the first customer does not wait."""
        with model_storage.read_from(resource) as directory:
            network = Network.load(directory / FILE)
        network.read("你好", "您好")
        return cls(config, model_storage, resource, network)

    def process(self, messages: list[Message]) -> list[Message]:
        """Read messages. One without readable text is neutral and ``out_of_scope`` with confidence 0."""
        for message in messages:
            text = ensure_normalized(message)[0]
            if self._network is None or not text:
                found: dict[str, list[tuple[str, float]]] = {"intent": [(NO_TEXT, 0.0)]}
            else:
                found = self._network.read(text, normalize(agent_line(message))[0])
            self._publish(message, text, found)
        return messages

    def _publish(self, message: Message, text: str, found: dict[str, list[tuple[str, float]]]) -> None:
        ranking = _named(found["intent"][: self._config["ranking_length"]])
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        emotions = found.get("emotion") or [("neutral", 0.0)]
        name, confidence = emotions[0]
        emotion = {
            "name": name,
            "confidence": confidence,
            "intensity": _intensity(found["intensity"], text) if name != "neutral" else 0.0,
            "ranking": _named(found.get("emotion", [])),
        }
        message.set("emotion", emotion, add_to_output=True)
        complaint = dict(found.get("complaint", ())).get("1", 0.0)
        needed = self._config["persistent_threshold" if _PERSISTENT.search(text) else "complaint_threshold"]
        message.set("is_complaint", complaint >= needed, add_to_output=True)
        message.set(RISK_SCORES, _named(found.get("risk", [])))
        situations = found.get("situation", [])[: self._config["situations_length"]]
        message.set(SITUATIONS, _named(situations), add_to_output=True)


def _named(ranking: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": score} for name, score in ranking]


def _present(samples: list[Sample], task: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of a task that the data teaches, in the fixed order; one example of a label is a mistake."""
    counts = dict.fromkeys(known, 0)
    for sample in samples:
        if task in sample.labels:
            counts[sample.labels[task]] += 1
    rare = [name for name, count in counts.items() if 0 < count < MIN_EXAMPLES]
    if rare:
        raise TrainingDataError(f"labels with fewer than two training examples: {', '.join(rare)}")
    present = tuple(name for name in known if counts[name])
    if len(present) < 2:
        raise TrainingDataError(f"training needs at least two labels of {task}, found {list(present)}")
    return present


def _sample(example: Message, situations: tuple[ServiceSituation, ...]) -> Sample:
    """A training example; when the cue of exactly one situation names it, it also teaches that situation."""
    text = ensure_normalized(example)[0]
    labels = task_labels(example)
    cued = [
        s.id for s in situations if labels["intent"] in s.intents and s.cue is not None and s.cue.search(text)
    ]
    if len(cued) == 1:
        labels["situation"] = cued[0]
    return Sample(text, normalize(agent_line(example))[0], labels)


def _intensity(ranking: list[tuple[str, float]], text: str) -> float:
    """Expected intensity 1 .. 3 in halves; an intensifier or repeated punctuation adds a little."""
    expected = float(np.dot([p for _, p in ranking], [float(name) for name, _ in ranking]))
    expected += 0.25 * bool(_INTENSIFIER.search(text))
    return max(1.0, min(3.0, round(expected * 2) / 2))
