"""The sentence vectors: offline, of unit length, near in meaning when the words differ."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import build, incoming

from bot.nlu.sentence_vectors import DIMENSION, MAX_ENCODED, SentenceVectorFeaturizer, encode, encoder


@pytest.fixture(scope="module")
def featurizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return build(SentenceVectorFeaturizer, tmp_path_factory.mktemp("vectors"))


def cosine(one: str, other: str) -> float:
    a, b = encode([one, other])
    return float(a @ b)


def test_shape_and_length() -> None:
    vectors = encode(["手机老是断线", "你好", "a"])
    assert vectors.shape == (3, DIMENSION) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-3)


def test_nothing_said_is_the_zero_vector() -> None:
    vectors = encode(["", "   ", "你好"])
    assert not vectors[:2].any() and vectors[2].any()
    assert encode([]).shape == (0, DIMENSION)


@pytest.mark.parametrize(
    ("sentence", "near", "far"),
    [
        ("我的快递到哪里了", "包裹什么时候能送到", "这件衣服有红色的吗"),
        ("手机总是断线", "电话老是信号不好掉线", "我要开发票"),
        ("我要退款", "把钱退给我", "你们几点下班"),
        ("我的快递到哪里了", "where is my parcel", "invoice please"),
    ],
)
def test_meaning_counts_more_than_words(sentence: str, near: str, far: str) -> None:
    assert cosine(sentence, near) > cosine(sentence, far) + 0.1


def test_a_batch_gives_what_single_sentences_give() -> None:
    texts = ["断线了", "我排队排了二十多分钟，你们就开一个窗口！", "好"]
    alone = np.vstack([encode([text]) for text in texts])
    assert encode(texts) == pytest.approx(alone, abs=1e-4)


def test_only_the_beginning_of_a_long_text_is_encoded() -> None:
    text = "排队" * MAX_ENCODED
    assert np.array_equal(encode([text]), encode([text[:MAX_ENCODED]]))


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=40))
def test_any_text_has_a_finite_vector(text: str) -> None:
    vector = encode([text])[0]
    assert np.isfinite(vector).all() and np.linalg.norm(vector) < 1.01


def test_the_normalised_text_is_what_is_encoded(featurizer: Any) -> None:
    one, other = incoming("我的手機斷線！！！！！！"), incoming("我的手机断线!!!")
    featurizer.process([one, other])
    dense = [m.get_dense_features("text")[1].features for m in (one, other)]
    assert dense[0].shape == (1, DIMENSION)
    assert dense[0] == pytest.approx(dense[1], abs=1e-4)


def test_training_examples_get_the_vectors_messages_get(featurizer: Any) -> None:
    texts = [f"第{n}次断线" for n in range(70)]  # more than one batch
    data = TrainingData([*map(incoming, texts), Message({"intent": "greet"})])
    featurizer.process_training_data(data)
    message = incoming(texts[-1])
    featurizer.process([message])
    learned = data.training_examples[69].get_dense_features("text")[1].features
    assert learned == pytest.approx(message.get_dense_features("text")[1].features, abs=1e-4)
    assert data.training_examples[70].features == []


def test_it_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    encoder.cache_clear()
    message = incoming("你好")
    build(SentenceVectorFeaturizer, tmp_path).process([message])
    assert message.get_dense_features("text")[1].features.any()
