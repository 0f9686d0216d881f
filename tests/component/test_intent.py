"""The intent classifier: learns, survives the disk, refuses data it cannot learn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import Features, build, example, trained

from bot.core.labels import INTENTS
from bot.nlu.intent import FILE, LinearIntentClassifier
from bot.nlu.linear import LinearModel, Rows, TrainingDataError, fit

TEXTS = {
    "ask_logistics": [
        "快递到哪里了",
        "什么时候发货",
        "包裹几天能到",
        "物流怎么不动了",
        "今天能送到吗",
        "发什么快递",
    ],
    "request_refund": ["我要退款", "把钱退给我", "退我的钱", "申请退款", "什么时候退钱给我", "钱退回来"],
    "report_fault": ["手机断线了", "机器坏了", "开不了机", "没有信号", "一直报错", "屏幕花了"],
    "greet": ["你好", "在吗", "您好呀", "有人吗", "喂", "hello"],
}
EXAMPLES = [example(text, intent) for intent, texts in TEXTS.items() for text in texts]
Pair = tuple[LinearIntentClassifier, LinearIntentClassifier]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    return Features(tmp_path_factory.mktemp("features"), EXAMPLES)


@pytest.fixture(scope="module")
def pair(features: Features, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The classifier that was trained and the one loaded from its files."""
    live, loaded = trained(LinearIntentClassifier, tmp_path_factory.mktemp("intent"), features.data)
    return live, loaded


def ranking(component: LinearIntentClassifier, message: Message) -> list[tuple[str, float]]:
    component.process([message])
    found = [(r["name"], r["confidence"]) for r in message.get("intent_ranking")]
    assert (message.get("intent")["name"], message.get("intent")["confidence"]) == found[0]
    return found


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我的包裹到哪了", "ask_logistics"),
        ("請把錢退給我", "request_refund"),
        ("手机又断线", "report_fault"),
        ("你好啊", "greet"),
    ],
)
def test_it_generalises_from_a_few_examples(features: Features, pair: Pair, text: str, intent: str) -> None:
    assert ranking(pair[0], features.of(text))[0][0] == intent


@settings(deadline=None, max_examples=30)
@given(st.text("快递退款手机断线你好 ab1!？😡\x00", max_size=30))
def test_the_ranking_is_a_distribution_and_survives_the_disk(
    features: Features, pair: Pair, text: str
) -> None:
    live, loaded = (ranking(component, features.of(text)) for component in pair)
    assert [name for name, _ in live] == [name for name, _ in loaded]
    assert [p for _, p in live] == pytest.approx(
        [p for _, p in loaded], abs=5e-3
    )  # stored with half precision
    assert [p for _, p in live] == sorted((p for _, p in live), reverse=True)
    if len(live) > 1:
        assert {name for name, _ in live} == set(TEXTS)
        assert sum(p for _, p in live) == pytest.approx(1)


def test_what_it_cannot_read_is_out_of_scope_without_confidence(features: Features, pair: Pair) -> None:
    for text in ("", "  ", "\u200b\x00"):
        assert ranking(pair[0], features.of(text)) == [("out_of_scope", 0.0)]


def test_an_untrained_classifier_claims_nothing(features: Features, tmp_path: Path) -> None:
    assert ranking(build(LinearIntentClassifier, tmp_path), features.of("我要退款")) == [
        ("out_of_scope", 0.0)
    ]


def test_the_ranking_is_cut_to_length(features: Features, tmp_path: Path) -> None:
    live, loaded = trained(LinearIntentClassifier, tmp_path, features.data, ranking_length=2)
    assert len(ranking(live, features.of("退款"))) == len(ranking(loaded, features.of("退款"))) == 2


def test_the_agents_question_helps_to_read_a_short_answer(tmp_path: Path) -> None:
    number, yes = "1234567890", "您的订单号是多少"
    data = [example(number[: 6 + n % 3], "provide_info", agent=yes) for n in range(6)]
    data += [example(t, "affirm", agent="这样可以吗") for t in ("好的", "可以", "嗯", "行", "好", "是的")]
    features = Features(tmp_path / "f", data, vectors=False)
    live, _ = trained(LinearIntentClassifier, tmp_path / "i", features.data)
    with_question = dict(ranking(live, features.of("20231121", agent=yes)))
    without = dict(ranking(live, features.of("20231121")))
    assert with_question["provide_info"] > without["provide_info"]


def test_training_twice_gives_the_same_model(features: Features, tmp_path: Path) -> None:
    for name in ("a", "b"):
        trained(LinearIntentClassifier, tmp_path / name, features.data)
    one, other = (LinearModel.read(next((tmp_path / name).rglob(FILE))) for name in ("a", "b"))
    assert one.classes == other.classes and np.array_equal(one.dense_weights, other.dense_weights)


def refused(folder: Path, examples: list[Message], message: str) -> None:
    data = Features(folder / "f", examples, vectors=False).data
    with pytest.raises(TrainingDataError, match=message):
        build(LinearIntentClassifier, folder / "i").train(data)


def test_an_intent_outside_the_label_set_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, [*EXAMPLES, example("讲个笑话", "tell_joke")], "outside the label set: tell_joke")


def test_an_intent_with_one_example_is_refused_by_name(tmp_path: Path) -> None:
    refused(
        tmp_path,
        [*EXAMPLES, example("开发票", "ask_invoice")],
        "fewer than two training examples: ask_invoice",
    )


def test_a_single_intent_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, EXAMPLES[:6], "at least two labels")


def test_no_examples_at_all(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no intent examples"):
        build(LinearIntentClassifier, tmp_path).train(TrainingData([]))


def test_a_pipeline_that_changed_since_training_says_so(tmp_path: Path, pair: Pair) -> None:
    other = Features(tmp_path, EXAMPLES[:8], vectors=False)
    with pytest.raises(TrainingDataError, match="train again"):
        pair[1].process([other.of("退款")])


@pytest.mark.parametrize(
    "damage", [lambda b: b[:100], lambda b: b[: len(b) // 2] + b"??" + b[len(b) // 2 + 2 :], lambda b: b""]
)
def test_a_damaged_model_file_is_an_error(
    features: Features, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    trained(LinearIntentClassifier, tmp_path, features.data)
    path = next(tmp_path.rglob(FILE))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises((OSError, ValueError)):
        LinearModel.read(path)


def test_confidence_is_calibrated_when_labels_are_noise() -> None:
    """A model that fits noise must not be sure of itself on the held-out rows its temperature is read from."""
    rng = np.random.default_rng(1)
    rows = Rows(sp.csr_matrix((200, 0), dtype=np.float32), rng.normal(size=(200, 40)).astype(np.float32))
    labels = [INTENTS[i] for i in rng.integers(0, 2, 200)]
    fresh = Rows(sp.csr_matrix((200, 0), dtype=np.float32), rng.normal(size=(200, 40)).astype(np.float32))
    model = fit(rows, labels, c=10.0, max_iter=100)
    assert model.temperature > 1
    assert model.probabilities(fresh).max(axis=1).mean() < 0.85


def test_balanced_training_does_not_forget_the_rare_label() -> None:
    rng = np.random.default_rng(2)
    dense = rng.normal(size=(120, 3)).astype(np.float32)
    labels = ["rare" if n < 6 else "common" for n in range(120)]
    dense[:6, 0] += 1.2
    rows = Rows(sp.csr_matrix((120, 0), dtype=np.float32), dense)
    plain, balanced = (fit(rows, labels, c=1.0, max_iter=100, balanced=b) for b in (False, True))
    column = plain.classes.index("rare")
    assert balanced.probabilities(rows)[:6, column].mean() > plain.probabilities(rows)[:6, column].mean()
