"""spaCy's blank ``zh`` pipeline as Rasa's tokenizer: characters, with Latin and digit runs kept whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.tokens import Doc

from bot.nlu.normalizer import ensure_normalized, normalize, original_span

SPACY_DOC = "spacy_zh_doc"


def blank_zh() -> Language:
    """spaCy's Chinese pipeline with the character segmenter: no model file, exact alignment."""
    return spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})


def _runs(doc: Doc) -> Iterator[tuple[int, int]]:
    """Spans (in the normalised text) of single characters and of ASCII letter-digit runs."""
    start = None
    for token in doc:
        joins = token.text.isascii() and token.text.isalnum()
        if joins and start is None:
            start = token.idx
        if start is not None and not joins:
            yield start, token.idx
            start = None
        if not joins and token.text.strip():
            yield token.idx, token.idx + len(token.text)
        elif start is not None and token.whitespace_:
            yield start, token.idx + len(token.text)
            start = None
    if start is not None:
        yield start, len(doc.text.rstrip())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyZhTokenizer(Tokenizer):
    """Token texts are normalised, token offsets point into the original text.

    The spaCy ``Doc`` stays on the message for the rule entities.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._nlp = blank_zh()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's tokenizer options; intents are never split."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyZhTokenizer:
        """Create the component."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute; texts other than the message itself are normalised on the way."""
        if attribute == TEXT:
            normalized, offsets = ensure_normalized(message)
        else:
            normalized, offsets = normalize(message.get(attribute) or "")
        doc = self._nlp.make_doc(normalized)
        if attribute == TEXT:
            message.set(SPACY_DOC, doc)
        return [
            Token(normalized[start:end], *original_span(offsets, start, end)) for start, end in _runs(doc)
        ]
