"""What the data linter knows about Rasa holds for the Rasa that is installed."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data import entities_parser

from bot.cli.data import token_spans
from bot.knowledge.training_data.annotations import ANNOTATION, parse


def test_the_pattern_is_rasas() -> None:
    assert ANNOTATION.pattern == entities_parser.ENTITY_REGEX.pattern


@pytest.mark.parametrize(
    "example",
    ["又断网了[怒][怒]", "订单[3021](order:21)呢", '打[138]{"entity": "phone"}吧', "没有[标注] (急)"],
)
def test_text_and_places_are_rasas(example: str) -> None:
    text, annotations = parse(example)
    assert text == entities_parser.replace_entities(example)
    rasa = entities_parser.find_entities_in_training_example(example)
    ours = [(a.start, a.end, kind) for a in annotations for kind in a.kinds]
    assert ours == [(e["start"], e["end"], e["entity"]) for e in rasa]


def test_tokens_are_the_models() -> None:
    assert list(token_spans("尾号A3021 呢")) == [(0, 1), (1, 2), (2, 7), (8, 9)]
