"""Normalisation: what changes, and the way back to the original offsets."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import build, incoming

from bot.nlu.normalizer import (
    MAX_CHARACTERS,
    MAX_REPEAT,
    TextNormalizer,
    _traditional_table,
    ensure_normalized,
    normalize,
    original_span,
    script_of,
)

RELAXED = settings(deadline=None, max_examples=150)
MIXED = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "手機斷線了這個國豈帳單１２３ＡＢｃ，。！？　!? \t\n\r\u200b\ufeff\x00\x7f\u2028😡👨\u200d👩é㈱ﬁ①ﾞ"
        ),
        st.sampled_from("啊啊啊啊!!!!...."),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的手機斷線了", "我的手机断线了"),
        ("ＡＢｃ１２３！？", "abc123!?"),
        ("VIP Plus", "vip plus"),
        ("  你好\t\t在吗 \n", "你好 在吗"),
        ("全角　空格", "全角 空格"),
        ("快点啊啊啊啊啊啊啊", "快点啊啊啊"),
        ("什么！！！！！！", "什么!!!"),
        ("13800000000", "13800000000"),  # digits carry meaning
        ("哈\u200b哈\ufeff\x00\x07\x7f", "哈哈"),
        ("气死😡😡", "气死😡😡"),
        ("❤️", "❤"),
        ("e\u0301", "e"),
        ("①②", "12"),
        ("豈有此理", "岂有此理"),  # a compatibility ideograph
        ("第一行\u2028第二行", "第一行 第二行"),
        ("", ""),
        (" \n\u200b", ""),
    ],
)
def test_what_changes(text: str, expected: str) -> None:
    assert normalize(text)[0] == expected


def test_every_character_of_unicode_settles_in_one_pass() -> None:
    assert len(_traditional_table()) > 2_000
    unsettled = [c for c in map(chr, range(0x30000)) if normalize(once := normalize(c)[0])[0] != once]
    assert unsettled == []


@RELAXED
@given(MIXED)
@example("\ufa10\uff9e\U0001f600")
def test_offsets_rise_strictly_and_stay_within_the_text(text: str) -> None:
    normalized, offsets = normalize(text)
    assert len(normalized) == len(offsets)
    assert all(0 <= index < len(text) for index in offsets)
    assert all(before < after for before, after in zip(offsets, offsets[1:]))


@RELAXED
@given(MIXED)
@example("豈\uf900")
@example("ﾞ\u2028x")
@example("ϴ K ẞ İ")
def test_normal_text_stays_as_it_is(text: str) -> None:
    normalized, _ = normalize(text)
    assert normalize(normalized) == (normalized, list(range(len(normalized))))


@RELAXED
@given(MIXED)
def test_normal_text_is_clean(text: str) -> None:
    normalized, _ = normalize(text)
    assert normalized == normalized.strip()
    assert "  " not in normalized
    assert not [c for c in normalized if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@RELAXED
@given(st.sampled_from("啊!。😡"), st.integers(1, 60))
def test_repeats_are_cut(char: str, times: int) -> None:
    assert len(normalize(f"好{char * times}")[0]) == 1 + min(times, MAX_REPEAT)


@RELAXED
@given(MIXED, st.data())
def test_a_span_leads_back_to_what_was_written(text: str, data: st.DataObject) -> None:
    normalized, offsets = normalize(text)
    start = data.draw(st.integers(0, max(0, len(normalized) - 1)))
    end = data.draw(st.integers(start, len(normalized)))
    first, last = original_span(offsets, start, end)
    assert 0 <= first <= last <= len(text)
    if start < end:
        assert normalize(text[first:last])[0].replace(" ", "") == normalized[start:end].replace(" ", "")


def test_spans_count_code_points_of_the_original() -> None:
    text = "😡😡 我的\u200b手機斷了３次！！！！！"
    normalized, offsets = normalize(text)
    start = normalized.index("手机")
    first, last = original_span(offsets, start, start + 2)
    assert text[first:last] == "手機"


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    normalized, offsets = normalize("断了又断，" * 100_000)
    assert len(normalized) == MAX_CHARACTERS and offsets[-1] == MAX_CHARACTERS - 1


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("手机断线了", "zh"),
        ("手機斷線了", "zh-Hant"),
        ("国語", "zh-Hant"),
        ("给妳的這个发票抬头请开个人", "zh"),  # one stray character
        ("hello, where is my order", "en"),
        ("12345", "zh"),
        ("", "zh"),
        ("😡", "zh"),
        ("iPhone坏了", "zh"),
    ],
)
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script


def test_a_message_is_normalised_once_and_keeps_its_text(tmp_path: Path) -> None:
    component = build(TextNormalizer, tmp_path)
    message = incoming("手機斷線１")
    component.process([message])
    assert message.get("text") == "手機斷線１"
    assert ensure_normalized(message)[0] == "手机断线1"
    assert message.get("language") == "zh-Hant"
    output = message.as_dict(only_output_properties=True)
    assert {"language", "timing"} <= output.keys()
    assert "normalized_text" not in output


def test_a_message_without_text_is_empty(tmp_path: Path) -> None:
    message = Message({})
    build(TextNormalizer, tmp_path).process([message])
    assert ensure_normalized(message) == ("", [])


def test_training_examples_are_normalised_too(tmp_path: Path) -> None:
    data = TrainingData([incoming("手機"), Message({"intent": "greet"})])
    build(TextNormalizer, tmp_path).process_training_data(data)
    assert [e.get("normalized_text") for e in data.training_examples] == ["手机", None]
