"""The tokenizer: characters and runs of Latin letters and digits, each with its place in the original."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import build, incoming

from bot.nlu.normalizer import ensure_normalized, normalize
from bot.nlu.tokenizer import SPACY_DOC, SpacyZhTokenizer

RELAXED = settings(deadline=None, max_examples=100)
TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("手機斷線 了3次iPhone15，。!？\u3000\u200b\n\t😡１Ａ.-_/")),
    max_size=50,
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return build(SpacyZhTokenizer, tmp_path_factory.mktemp("tokenizer"))


def tokens(tokenizer: Any, text: str) -> list[Token]:
    message = incoming(text)
    tokenizer.process([message])
    return list(message.get("text_tokens") or [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("手机断了3次", ["手", "机", "断", "了", "3", "次"]),
        ("iPhone15 Pro坏了", ["iphone15", "pro", "坏", "了"]),
        ("退300.50元", ["退", "300", ".", "50", "元"]),
        ("单号SF1234567890，查", ["单", "号", "sf1234567890", ",", "查"]),
        ("等了 20 分钟", ["等", "了", "20", "分", "钟"]),
        ("ＶＩＰ用戶", ["vip", "用", "户"]),
        ("abc 123", ["abc", "123"]),
        ("ok ", ["ok"]),
        ("a b c", ["a", "b", "c"]),
    ],
)
def test_tokens(tokenizer: Any, text: str, expected: list[str]) -> None:
    assert [t.text for t in tokens(tokenizer, text)] == expected


@RELAXED
@given(TEXTS)
@example("a\u2028b")
@example(" \x85 é1")
def test_offsets_slice_the_original(tokenizer: Any, text: str) -> None:
    for token in tokens(tokenizer, text):
        assert normalize(text[token.start : token.end])[0] == token.text


@RELAXED
@given(TEXTS)
@example("手機\u3000 \n斷線")
def test_no_token_is_white_space_and_none_is_lost(tokenizer: Any, text: str) -> None:
    found = tokens(tokenizer, text)
    assert all(t.text.strip() == t.text != "" for t in found)
    assert "".join(t.text for t in found) == normalize(text)[0].replace(" ", "")


@RELAXED
@given(TEXTS)
def test_tokens_follow_one_another(tokenizer: Any, text: str) -> None:
    found = tokens(tokenizer, text)
    assert all(a.end <= b.start for a, b in zip(found, found[1:]))
    assert all(0 <= t.start < t.end <= len(text) for t in found)


def test_an_annotated_entity_is_aligned_with_whole_tokens(tokenizer: Any) -> None:
    text = "  我等了２０多分鐘，訂單號是 JD-20231121 啊啊啊啊啊啊！"
    found = tokens(tokenizer, text)
    starts, ends = {t.start for t in found}, {t.end for t in found}
    for words in ("２０多分鐘", "JD-20231121", "訂單號"):
        start = text.index(words)
        assert start in starts and start + len(words) in ends, words


def test_a_message_without_text_has_no_tokens(tokenizer: Any) -> None:
    assert tokens(tokenizer, "") == []
    assert tokens(tokenizer, "\u200b\x00") == []


def test_the_spacy_doc_stays_on_the_message(tokenizer: Any) -> None:
    message = incoming("手機斷線")
    tokenizer.process([message])
    assert message.get(SPACY_DOC).text == ensure_normalized(message)[0] == "手机断线"


def test_training_data_is_tokenised_and_intents_are_kept_whole(tmp_path: Path) -> None:
    data = TrainingData([Message({"text": "什么时候到", "intent": "ask_logistics"})])
    build(SpacyZhTokenizer, tmp_path).process_training_data(data)
    (only,) = data.training_examples
    assert [t.text for t in only.get("text_tokens")] == list("什么时候到")
    assert [t.text for t in only.get("intent_tokens")] == ["ask_logistics"]
