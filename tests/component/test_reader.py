"""The message reader: learns every label at once, survives the disk, refuses data it cannot learn from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_tools import Pipeline, build, example, trained

from bot.config import settings
from bot.core.labels import EMOTIONS
from bot.knowledge.reader import CONTENT_DIR
from bot.nlu.examples import TrainingDataError, labels_of
from bot.nlu.network import Network, gram_counts, gram_vocabulary, spans_of
from bot.nlu.reader import FILE, MessageReader
from bot.nlu.tuning import Sample, tune

LABELS = {"emotion": "neutral", "intensity": 0, "complaint": 0, "risk": 0}
ANGRY = {"emotion": "angry", "intensity": 3, "complaint": 1, "risk": 2}
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
THREATS = ["再不管我就去消协告你们", "我要投诉到12315", "我找媒体曝光你们", "法庭上见吧", "滚，骗子公司"]
EXAMPLES = [
    *[example(text, intent, **LABELS) for intent, texts in TEXTS.items() for text in texts],
    *[example(text, "threaten_escalation", **ANGRY) for text in THREATS],
]
EPOCHS = 12
Pair = tuple[MessageReader, MessageReader]


SITUATION = """
situations:
  - id: {name}
    name: {name}
    family: online_shop
    intents: [request_refund]
    need: 知道结果
    cue: '{cue}'
    examples: [{examples}]
    owner: tests
    since: "0"
    acknowledge: [这件事我听到了。, 这件事我记下了。]
    answer: [一般是这样的。, 通常是那样的。]
    ask_back: [是哪一单？, 哪天的事？]
    commit: [我去查一下。, 我去办一下。, 我去问一下。]
    offer: [可以这样，也可以那样。, 可以现在办，也可以晚点办。]
    tip: [留着单子。]
"""


@pytest.fixture(scope="module", autouse=True)
def content(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A content folder with two situations, the one in force."""
    root = tmp_path_factory.mktemp("content") / "zh"
    (root / "situations").mkdir(parents=True)
    for name in ("names.yml", "plans.yml", "needs.yml", "policy.yml"):
        shutil.copy(CONTENT_DIR / name, root)
    money = "退款成功了钱没到, 钱还没退到卡上, 退款没收到, 退的钱呢, 说退了没见着钱, 没到账的退款"
    parcel = "包裹没动静, 快递停了三天, 物流不更新, 件不动了, 快递卡住了, 好几天没走"
    for name, cue, examples in (("refund_lost", "没到账", money), ("parcel_stuck", "没动静", parcel)):
        text = SITUATION.format(name=name, cue=cue, examples=examples)
        (root / "situations" / f"{name}.yml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSIST_CONTENT_DIR", str(root))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline(tmp_path_factory.mktemp("pipeline"), EXAMPLES)


@pytest.fixture(scope="module")
def pair(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The reader that was trained and the one loaded from its files."""
    live, loaded = trained(MessageReader, tmp_path_factory.mktemp("reader"), pipeline.data, epochs=EPOCHS)
    return live, loaded


def read(component: MessageReader, message: Message) -> dict[str, Any]:
    component.process([message])
    found = message.as_dict(only_output_properties=True)
    assert found["intent"] == found["intent_ranking"][0]
    return found


@pytest.mark.parametrize(
    ("text", "intent", "emotion"),
    [
        ("我的包裹到哪了", "ask_logistics", "neutral"),
        ("请把錢退給我", "request_refund", "neutral"),
        ("手机又断线", "report_fault", "neutral"),
        ("我去12315告你们，骗子", "threaten_escalation", "angry"),
    ],
)
def test_it_generalises_from_a_few_examples(
    pipeline: Pipeline, pair: Pair, text: str, intent: str, emotion: str
) -> None:
    found = read(pair[0], pipeline.of(text))
    assert (found["intent"]["name"], found["emotion"]["name"]) == (intent, emotion)
    assert found["is_complaint"] == (emotion == "angry")


def test_it_recognises_a_situation_of_the_content(pipeline: Pipeline, pair: Pair) -> None:
    found = read(pair[0], pipeline.of("显示退款成功了 钱没到账"))
    assert found["situation_ranking"][0]["name"] == "refund_lost"


@sampling(deadline=None, max_examples=30)
@given(st.text("快递退款手机断线你好骗子 ab1!？😡\x00", max_size=30))
def test_output_is_consistent_and_survives_the_disk(pipeline: Pipeline, pair: Pair, text: str) -> None:
    live, loaded = (read(component, pipeline.of(text)) for component in pair)
    p, q = ({r["name"]: r["confidence"] for r in found["intent_ranking"]} for found in (live, loaded))
    assert p == pytest.approx(q, abs=2e-2)  # stored with half precision
    emotion = live["emotion"]
    assert emotion["name"] in EMOTIONS
    assert (emotion["intensity"] == 0) == (emotion["name"] == "neutral")
    assert emotion["intensity"] in (0, 1, 1.5, 2, 2.5, 3)
    if emotion["ranking"]:
        assert sum(r["confidence"] for r in emotion["ranking"]) == pytest.approx(1)
        assert sum(p.values()) == pytest.approx(1)


def test_what_it_cannot_read_is_out_of_scope_and_neutral(pipeline: Pipeline, pair: Pair) -> None:
    for text in ("", "  ", "\u200b\x00"):
        found = read(pair[0], pipeline.of(text))
        assert found["intent_ranking"] == [{"name": "out_of_scope", "confidence": 0.0}]
        assert found["emotion"]["name"] == "neutral" and not found["is_complaint"]


def test_an_untrained_reader_claims_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    found = read(build(MessageReader, tmp_path), pipeline.of("我要退款"))
    assert found["intent"] == {"name": "out_of_scope", "confidence": 0.0}


def test_the_agents_line_helps_to_read_a_short_answer() -> None:
    asked, offered = "您的订单号是多少", "这样可以吗"
    samples = [
        Sample(f"{n}38{n}5", asked, {"intent": "provide_info", "emotion": "neutral"}) for n in range(12)
    ]
    samples += [
        Sample(t, offered, {"intent": "affirm", "emotion": "neutral"})
        for t in ("好的", "可以", "嗯", "行", "好", "是的", "对", "没问题", "嗯嗯", "好好", "中", "成")
    ]
    network = tune(samples, {"intent": ("affirm", "provide_info")}, epochs=EPOCHS)
    with_question = dict(network.read("一二三", asked)["intent"])
    with_offer = dict(network.read("一二三", offered)["intent"])
    assert with_question["provide_info"] > with_offer["provide_info"]


def test_a_label_that_an_example_lacks_is_not_learnt_from_it() -> None:
    samples = [Sample(t, "", {"intent": i}) for i in ("greet", "urge") for t in TEXTS["greet"]]
    samples += [Sample("退款没到账", "", {"situation": "money"}), Sample("网断了", "", {"situation": "net"})]
    labels = {"intent": ("greet", "urge"), "situation": ("money", "net")}
    network = tune(samples * 4, labels, epochs=EPOCHS)
    assert dict(network.read("退款没到账")["situation"])["money"] > 0.6
    assert spans_of(labels) == [("intent", 0, 2), ("situation", 2, 4)]


def test_ngram_counts_have_unit_length_and_know_only_the_vocabulary() -> None:
    vocabulary = gram_vocabulary(["退款", "退款吗", "我要退款"])
    assert vocabulary == ("款", "退", "退款")
    columns, values = gram_counts("退 款退", {gram: i for i, gram in enumerate(vocabulary)})
    assert sorted(columns) == [0, 1, 2]
    assert float(values @ values) == pytest.approx(1)
    assert gram_counts("谢谢", {})[0].size == 0


def refused(folder: Path, examples: list[Message], message: str) -> None:
    data = Pipeline(folder / "f", examples).data
    with pytest.raises(TrainingDataError, match=message):
        build(MessageReader, folder / "r", epochs=1).train(data)


def test_an_intent_outside_the_label_set_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, [*EXAMPLES, example("讲个笑话", "tell_joke", **LABELS)], "'tell_joke' is outside")


def test_a_label_with_one_example_is_refused_by_name(tmp_path: Path) -> None:
    refused(
        tmp_path,
        [*EXAMPLES, example("开发票", "ask_invoice", **LABELS)],
        "fewer than two training examples: ask_invoice",
    )
    confused = {**LABELS, "emotion": "confused", "intensity": 1}
    refused(tmp_path / "b", [*EXAMPLES, example("看不懂", **confused)], "fewer than two training examples")


def test_a_single_intent_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, EXAMPLES[:6], "at least two labels")


def test_no_examples_at_all(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no intent examples"):
        build(MessageReader, tmp_path).train(TrainingData([]))


@pytest.mark.parametrize("missing", ["emotion", "intensity", "complaint", "risk"])
def test_incomplete_metadata_is_refused(tmp_path: Path, missing: str) -> None:
    labels = {k: v for k, v in ANGRY.items() if k != missing}
    refused(tmp_path, [*EXAMPLES, example("少了一项", **labels)], f"'少了一项': metadata lacks {missing}")


@pytest.mark.parametrize(("emotion", "intensity"), [("neutral", 1), ("angry", 0)])
def test_an_intensity_that_contradicts_the_emotion_is_refused(
    tmp_path: Path, emotion: str, intensity: int
) -> None:
    labels = {**LABELS, "emotion": emotion, "intensity": intensity}
    refused(
        tmp_path,
        [*EXAMPLES, example("自相矛盾", **labels)],
        f"intensity {intensity} contradicts emotion {emotion}",
    )


def test_an_emotion_outside_the_label_set_is_refused(tmp_path: Path) -> None:
    labels = {**LABELS, "emotion": "grumpy", "intensity": 1}
    refused(tmp_path, [*EXAMPLES, example("哼哼唧唧", **labels)], "'哼哼唧唧': emotion 'grumpy' is outside")


def test_a_block_may_label_its_examples_and_an_example_its_own() -> None:
    block = {"intent": {"emotion": "neutral", "intensity": 0, "complaint": 0, "risk": 0}}
    message = Message(
        {"text": "气死", "metadata": {**block, "example": {"emotion": "angry", "intensity": 3}}}
    )
    assert labels_of(message) == {"emotion": "angry", "intensity": 3, "complaint": 0, "risk": 0}
    assert labels_of(Message({"text": "x", "metadata": {"intent": "a note"}})) == {}


@pytest.mark.parametrize(
    "damage", [lambda b: b[:100], lambda b: b[: len(b) // 2] + b"??" + b[len(b) // 2 + 2 :], lambda b: b""]
)
def test_a_damaged_model_file_is_an_error(
    pipeline: Pipeline, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    samples = [Sample(t, "", {"intent": i}) for i in ("greet", "urge") for t in TEXTS["greet"]]
    path = tmp_path / FILE
    tune(samples, {"intent": ("greet", "urge")}, epochs=1).save(path)
    assert np.isfinite(Network.load(path).logits("你好")).all()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises((OSError, ValueError)):
        Network.load(path)
