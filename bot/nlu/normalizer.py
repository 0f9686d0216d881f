"""Text normalisation that keeps the way back to the original offsets."""

from __future__ import annotations

import re
import time
import unicodedata
from functools import lru_cache
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

NORMALIZED = "normalized_text"
OFFSETS = "normalized_offsets"
LANGUAGE = "language"
TIMING = "timing"
_WORDS = re.compile(r"[A-Za-z]{2,}")
"""Two words make a sentence in another language; 「ok」 or 「SF123」 does not."""
MAX_REPEAT = 3
MAX_CHARACTERS = 2000
"""Characters read of one message; more than any real message, little enough to stay quick."""


@lru_cache(maxsize=1)
def _traditional_table() -> dict[str, str]:
    """One-to-one traditional → simplified characters from OpenCC's dictionary."""
    from opencc import OpenCC  # loads its dictionaries on construction

    converter = OpenCC("t2s")
    table: dict[str, str] = {}
    for code in range(0x3400, 0xA000):
        char = chr(code)
        simple = converter.convert(char)
        if len(simple) == 1 and simple != char:
            table[char] = simple
    return table


def _fold(char: str, table: dict[str, str]) -> str:
    """One character in its plain form: half width, lower case, simplified; empty when it carries nothing."""
    category = unicodedata.category(char)
    if char in "\n\r\t" or category in ("Zs", "Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Mn", "Me"):
        return ""
    folded = table.get(char) or unicodedata.normalize("NFKC", char).lower()
    return _fold(folded, table) if len(folded) == 1 and folded != char else char


def normalize(text: str) -> tuple[str, list[int]]:
    """Normalised text and, for each of its characters, the index in ``text`` it came from.

    Traditional characters become simplified, full-width forms half-width, letters lower case; control and
    zero-width characters vanish; runs of white space become one blank; a character repeated more than three
    times is cut to three. Only the first 2,000 characters are read.
    """
    table = _traditional_table()
    out: list[str] = []
    offsets: list[int] = []
    repeat = 0
    for index, raw in enumerate(text[:MAX_CHARACTERS]):
        char = _fold(raw, table)
        if not char:
            continue
        if out and char == out[-1]:
            repeat += 1
            if char == " " or (repeat >= MAX_REPEAT and not char.isalnum()) or repeat >= MAX_REPEAT + 15:
                continue
            if repeat >= MAX_REPEAT and not char.isascii():
                continue
        else:
            repeat = 0
        out.append(char)
        offsets.append(index)
    start = 1 if out and out[0] == " " else 0
    end = len(out) - 1 if len(out) > start and out[-1] == " " else len(out)
    return "".join(out[start:end]), offsets[start:end]


def script_of(text: str) -> str:
    """``zh-Hant`` when traditional-only characters occur, ``en`` for text without Chinese, else ``zh``."""
    table = _traditional_table()
    chinese = [c for c in text[:MAX_CHARACTERS] if "㐀" <= c <= "鿿"]
    if not chinese:
        return "en" if len(_WORDS.findall(text)) >= 2 else "zh"
    # One stray traditional character (a name, 「妳」) is no script; two, or one in a short line, are.
    traditional = sum(c in table for c in chinese)
    return "zh-Hant" if traditional >= 2 or (traditional and len(chinese) <= 6) else "zh"


def original_span(offsets: list[int], start: int, end: int) -> tuple[int, int]:
    """The span in the original text of ``normalized[start:end]`` (end exclusive)."""
    if start >= end:
        return 0, 0
    return offsets[start], offsets[end - 1] + 1


def ensure_normalized(message: Message) -> tuple[str, list[int]]:
    """The normalised text and offsets of a message, computed once."""
    if message.get(NORMALIZED) is None:
        text = message.get(TEXT) or ""
        normalized, offsets = normalize(text)
        message.set(NORMALIZED, normalized)
        message.set(OFFSETS, offsets)
    return message.get(NORMALIZED), message.get(OFFSETS)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TextNormalizer(GraphComponent):
    """Puts normalised text, its offsets, the script and the start time on every message."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextNormalizer:
        """Create the component; it has no options and nothing to persist."""
        _traditional_table()
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise every training example in place."""
        for example in training_data.training_examples:
            if example.get(TEXT):
                ensure_normalized(example)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalise messages at run time."""
        for message in messages:
            message.set(TIMING, {"started": time.time()}, add_to_output=True)
            ensure_normalized(message)
            message.set(LANGUAGE, script_of(message.get(TEXT) or ""), add_to_output=True)
        return messages
