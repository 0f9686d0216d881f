"""Rule entities as a Rasa component: the facts a reply can say back, with their meaning."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.config import settings
from bot.knowledge.entities import fingerprint_of_entity_rules, load_entity_rules
from bot.nlu.entity_matching import EntityFinder
from bot.nlu.normalizer import ensure_normalized, original_span
from bot.nlu.tokenizer import SPACY_DOC, blank_zh

ENTITY_ATTRIBUTE_TEXT: Final = "text"
_COMMA_IN_NUMBER = re.compile(r"(?<=[0-9]),(?=[0-9])")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RuleEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entities of ``bot/knowledge/zh/entities`` to every message.

    Each has Rasa's ``entity``, ``start``, ``end`` (offsets of the original text), ``value`` (see
    :func:`bot.core.entity_values.entity_value`), ``extractor`` and, beyond Rasa, ``text``: the words said.
    Training stores the rules in the model: a model answers by the rules it was trained with.
    """

    FILE_NAME = "entity_rules.json"

    @classmethod
    def required_components(cls) -> list[type]:
        """Runs after the tokenizer, whose Doc it reads."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The options."""
        return {
            # content folder whose entities/*.yml are read at training; None is that of ASSIST_CONTENT_DIR
            "content_dir": None,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        rules: dict[str, Any] | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._nlp = blank_zh()
        self._finder = EntityFinder(rules, self._nlp.vocab) if rules is not None else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RuleEntityExtractor:
        """Create an untrained component; it finds nothing until it is trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Read the rules in force and store them. Raises ``ContentError`` when they do not hold."""
        rules = load_entity_rules(_content_dir(self._config))
        for rule in rules["rules"]:
            del rule["found"], rule["clean"]
        self._finder = EntityFinder(rules, self._nlp.vocab)
        with self._model_storage.write_to(self._resource) as folder:
            (Path(folder) / self.FILE_NAME).write_text(
                json.dumps(rules, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RuleEntityExtractor:
        """Restore a trained component. Raises ``ValueError`` or ``OSError`` when the model has no rules."""
        with model_storage.read_from(resource) as folder:
            rules = json.loads((Path(folder) / cls.FILE_NAME).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, rules)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """A change of the rule files makes ``rasa train`` train this component again."""
        return fingerprint_of_entity_rules(_content_dir(config))

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it already has."""
        for message in messages:
            found = self.add_extractor_name(self._entities(message))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _entities(self, message: Message) -> list[dict[str, Any]]:
        normalized, offsets = ensure_normalized(message)
        if self._finder is None or not normalized:
            return []
        original = message.get(TEXT) or ""
        doc = message.get(SPACY_DOC)
        if doc is None or len(doc.text) != len(normalized):
            doc = self._nlp.make_doc(normalized)
        text = _COMMA_IN_NUMBER.sub(
            lambda m: "," if original[offsets[m.start()]] == "," else "、", normalized
        )
        entities = []
        for kind, first, last, value in self._finder.find(text, doc):
            start, end = original_span(offsets, first, last)
            entities.append(
                {
                    ENTITY_ATTRIBUTE_TYPE: kind,
                    ENTITY_ATTRIBUTE_START: start,
                    ENTITY_ATTRIBUTE_END: end,
                    ENTITY_ATTRIBUTE_VALUE: value,
                    ENTITY_ATTRIBUTE_TEXT: original[start:end],
                }
            )
        return entities


def _content_dir(config: dict[str, Any]) -> Path:
    return Path(config.get("content_dir") or settings().content_path)
