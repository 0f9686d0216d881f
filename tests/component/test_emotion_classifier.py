"""The emotion classifier: label, intensity and complaint, learned from the examples' metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import Features, build, example, trained

from bot.core.labels import EMOTIONS
from bot.nlu.emotion import EmotionClassifier
from bot.nlu.features import labels_of
from bot.nlu.linear import TrainingDataError

Pair = tuple[EmotionClassifier, EmotionClassifier]


def felt(text: str, emotion: str, intensity: float = 0, complaint: int = 0, **more: Any) -> Message:
    return example(text, emotion=emotion, intensity=intensity, complaint=complaint, risk=0, **more)


EXAMPLES = [
    *[felt(t, "angry", 3, 1) for t in ("气死我了", "你们是骗子吧", "太过分了！", "什么破服务！", "滚")],
    *[felt(t, "angry", 1, 1) for t in ("怎么又这样", "你们这服务不行", "又出错", "说好的呢", "怎么搞的")],
    *[
        felt(t, "anxious", 2)
        for t in ("快点啊来不及了", "急用啊", "怎么还没到，急死", "能快点吗急", "催一下，急")
    ],
    *[felt(t, "neutral") for t in ("几点下班", "有红色的吗", "怎么开发票", "多少钱", "在哪里", "好的")],
    *[felt(t, "pleased", 1) for t in ("谢谢你", "太好了", "辛苦啦", "真不错", "满意")],
]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    return Features(tmp_path_factory.mktemp("features"), EXAMPLES)


@pytest.fixture(scope="module")
def pair(features: Features, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The classifier that was trained and the one loaded from its files."""
    live, loaded = trained(EmotionClassifier, tmp_path_factory.mktemp("emotion"), features.data)
    return live, loaded


def read(component: EmotionClassifier, message: Message) -> dict[str, Any]:
    """The output properties of a processed message."""
    component.process([message])
    output = message.as_dict(only_output_properties=True)
    return {"is_complaint": output["is_complaint"], **output["emotion"]}


@pytest.mark.parametrize(
    ("text", "emotion", "complains"),
    [
        ("你们太过分了，骗子！", "angry", True),
        ("急死了，快点啊", "anxious", False),
        ("谢谢，太好了", "pleased", False),
        ("这个多少钱", "neutral", False),
    ],
)
def test_it_reads_feeling_and_complaint(
    features: Features, pair: Pair, text: str, emotion: str, complains: bool
) -> None:
    found = read(pair[0], features.of(text))
    assert (found["name"], found["is_complaint"]) == (emotion, complains)


@settings(deadline=None, max_examples=30)
@given(st.text("气死我了骗子快点急谢谢多少钱！!?？ 😡", max_size=30))
def test_output_is_consistent_and_survives_the_disk(features: Features, pair: Pair, text: str) -> None:
    live, loaded = (read(component, features.of(text)) for component in pair)
    assert (live["name"], live["is_complaint"]) == (loaded["name"], loaded["is_complaint"])
    assert live["confidence"] == pytest.approx(loaded["confidence"], abs=5e-3)
    assert (
        abs(live["intensity"] - loaded["intensity"]) <= 0.5
    )  # halves, from weights stored with half precision
    assert live["name"] in EMOTIONS
    assert (live["intensity"] == 0) == (live["name"] == "neutral")
    assert live["intensity"] == 0 or live["intensity"] in (1, 1.5, 2, 2.5, 3)
    if live["ranking"]:
        assert live["ranking"][0] == {"name": live["name"], "confidence": live["confidence"]}
        assert sum(r["confidence"] for r in live["ranking"]) == pytest.approx(1)


def test_stronger_words_mean_more_intensity(features: Features, pair: Pair) -> None:
    mild, strong = (read(pair[0], features.of(t)) for t in ("怎么又这样", "太过分了气死我了！！！"))
    assert mild["name"] == strong["name"] == "angry"
    assert mild["intensity"] < strong["intensity"]


def test_what_it_cannot_read_is_neutral(features: Features, pair: Pair) -> None:
    nothing = {"is_complaint": False, "name": "neutral", "confidence": 0.0, "intensity": 0.0, "ranking": []}
    for text in ("", " ", "\u200b"):
        assert read(pair[0], features.of(text)) == nothing


def test_an_untrained_classifier_claims_nothing(features: Features, tmp_path: Path) -> None:
    assert read(build(EmotionClassifier, tmp_path), features.of("气死我了"))["confidence"] == 0


def test_the_threshold_of_a_complaint_is_an_option(features: Features, tmp_path: Path) -> None:
    eager, _ = trained(EmotionClassifier, tmp_path, features.data, complaint_threshold=0.0)
    assert read(eager, features.of("谢谢"))["is_complaint"]


def test_a_block_may_label_its_examples_and_an_example_its_own() -> None:
    block = {"intent": {"emotion": "neutral", "intensity": 0, "complaint": 0, "risk": 0}}
    message = Message(
        {"text": "气死", "metadata": {**block, "example": {"emotion": "angry", "intensity": 3}}}
    )
    assert labels_of(message) == {"emotion": "angry", "intensity": 3, "complaint": 0, "risk": 0}
    assert labels_of(Message({"text": "x", "metadata": {"intent": "a note"}})) == {}


def refused(folder: Path, examples: list[Message], message: str) -> None:
    data = Features(folder / "f", examples, vectors=False).data
    with pytest.raises(TrainingDataError, match=message):
        build(EmotionClassifier, folder / "e").train(data)


def test_an_emotion_outside_the_label_set_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, [*EXAMPLES, felt("哼哼唧唧", "grumpy", 1)], "'哼哼唧唧': emotion 'grumpy' is outside")


@pytest.mark.parametrize("missing", ["intensity", "complaint", "risk"])
def test_incomplete_metadata_is_refused(tmp_path: Path, missing: str) -> None:
    labels = {"emotion": "angry", "intensity": 2, "complaint": 1, "risk": 0}
    del labels[missing]
    refused(tmp_path, [*EXAMPLES, example("少了一项", **labels)], f"'少了一项': metadata lacks {missing}")


@pytest.mark.parametrize(("emotion", "intensity"), [("neutral", 1), ("angry", 0)])
def test_an_intensity_that_contradicts_the_emotion_is_refused(
    tmp_path: Path, emotion: str, intensity: int
) -> None:
    refused(
        tmp_path,
        [*EXAMPLES, felt("自相矛盾", emotion, intensity)],
        f"intensity {intensity} contradicts emotion {emotion}",
    )


def test_an_emotion_with_one_example_is_refused_by_name(tmp_path: Path) -> None:
    refused(
        tmp_path, [*EXAMPLES, felt("看不懂", "confused", 1)], "fewer than two training examples: confused"
    )


def test_data_without_any_emotion_is_refused(tmp_path: Path) -> None:
    refused(
        tmp_path,
        [example("你好", "greet"), example("再见", "goodbye")],
        "no training example carries emotion",
    )
    with pytest.raises(TrainingDataError):
        build(EmotionClassifier, tmp_path / "none").train(TrainingData([]))


def test_examples_without_emotion_are_left_out(tmp_path: Path) -> None:
    features = Features(tmp_path / "f", [*EXAMPLES, example("你好呀", "greet")], vectors=False)
    live, _ = trained(EmotionClassifier, tmp_path / "e", features.data)
    assert read(live, features.of("气死我了"))["name"] == "angry"
