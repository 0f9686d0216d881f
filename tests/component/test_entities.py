"""Rule entities: spans and values of sentences, the content's own examples, the component in Rasa's storage."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.analysis import Entity
from bot.core.facts import facts_of
from bot.knowledge.entities import entity_files, load_entity_rules
from bot.knowledge.reader import CONTENT_DIR, ContentError
from bot.nlu.entities import RuleEntityExtractor
from bot.nlu.normalizer import TextNormalizer
from bot.nlu.tokenizer import SpacyZhTokenizer

MARKED = re.compile(r"【([^【】]*)】")
RULES = load_entity_rules()
DAY, HOUR, MONTH = 86_400, 3_600, 2_592_000
CONTEXT = ExecutionContext(GraphSchema({}))


def yuan(low: float, high: float | None = None) -> dict[str, Any]:
    return {"low": low, "high": low if high is None else high, "unit": "CNY"}


def secs(low: float, high: float | None = None) -> dict[str, Any]:
    return {"seconds_low": low, "seconds_high": low if high is None else high}


def n(count: int | None) -> dict[str, Any]:
    return {"n": count}


def component(storage: Path, **config: Any) -> RuleEntityExtractor:
    config = {**RuleEntityExtractor.get_default_config(), **config}
    return RuleEntityExtractor.create(
        config, LocalModelStorage.create(storage), Resource("entities"), CONTEXT
    )


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> RuleEntityExtractor:
    trained = component(tmp_path_factory.mktemp("model"))
    trained.train(TrainingData())
    return trained


TOKENIZER = SpacyZhTokenizer(SpacyZhTokenizer.get_default_config())


def read(extractor: RuleEntityExtractor, text: str) -> list[dict[str, Any]]:
    """Entities of a text after the components that come before the extractor."""
    message = Message(data={TEXT: text})
    TextNormalizer().process([message])
    TOKENIZER.process([message])
    extractor.process([message])
    entities: list[dict[str, Any]] = message.get(ENTITIES)
    return entities


def spans(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The sentence without 【】 and the spans they enclose."""
    found = [(m.start() - 2 * i, m.end() - 2 * i - 2) for i, m in enumerate(MARKED.finditer(marked))]
    return MARKED.sub(r"\1", marked), found


SENTENCES: list[tuple[str, list[tuple[str, Any]]]] = [
    # amount
    ("平白扣了我【200多】", [("amount", yuan(200, 300))]),
    ("这个【两百多块】谁认", [("amount", yuan(200, 300))]),
    ("一看要【58块8】", [("amount", yuan(58.8))]),
    ("只要【¥99】就行", [("amount", yuan(99))]),
    ("也就【三十来块钱】", [("amount", yuan(30, 35))]),
    ("凭什么多扣【300】", [("amount", yuan(300))]),
    ("每条【5毛】，抢钱啊", [("amount", yuan(0.5))]),
    ("赔了【几十块】", [("amount", yuan(20, 90))]),
    ("【1,299.00元】的【炒锅】", [("amount", yuan(1299)), ("product", "炒锅")]),
    ("【3万多块钱】打水漂", [("amount", yuan(30000, 40000))]),
    ("报价【一万二】", [("amount", yuan(12000))]),
    ("退【三块五】给我", [("amount", yuan(3.5))]),
    ("【五块五毛】", [("amount", yuan(5.5))]),
    ("还差【12块3毛5】", [("amount", yuan(12.35))]),
    ("【2块85】", [("amount", yuan(2.85))]),
    ("收了【200-300块】", [("amount", yuan(200, 300))]),
    ("大概【一百到两百块】", [("amount", yuan(100, 200))]),
    ("要了我【好几百块】", [("amount", yuan(300, 900))]),
    ("充【100】送【50】", [("amount", yuan(100)), ("amount", yuan(50))]),
    ("满【300】减【50】", [("amount", yuan(300)), ("amount", yuan(50))]),
    ("平时都是【58】，【这个月】扣了【98】", [("amount", yuan(58)), ("date", "0m"), ("amount", yuan(98))]),
    ("我用的【59】【套餐】", [("amount", yuan(59)), ("product", "套餐")]),
    ("【50元】3张", [("amount", yuan(50))]),
    ("退我【99rmb】", [("amount", yuan(99))]),
    ("【百八十块】的事", [("amount", yuan(80, 100))]),
    ("【两千块出头】", [("amount", yuan(2000, 3000))]),
    ("【上千块】没了", [("amount", yuan(1000, 2000))]),
    ("收费【38.5】", [("amount", yuan(38.5))]),
    # duration
    ("等了【20多分钟】", [("duration", secs(1200, 1800))]),
    ("都【三天】了", [("duration", secs(3 * DAY))]),
    ("拖了【大半个月】", [("duration", secs(MONTH / 2, MONTH))]),
    ("耽误我【俩小时】", [("duration", secs(2 * HOUR))]),
    ("已经【两个多星期】", [("duration", secs(14 * DAY, 21 * DAY))]),
    ("说【48小时】内", [("duration", secs(48 * HOUR))]),
    ("【一整天】没网", [("duration", secs(DAY))]),
    ("【快一个月】了", [("duration", secs(0.8 * MONTH, MONTH))]),
    ("【一个半小时】", [("duration", secs(1.5 * HOUR))]),
    ("【两年半】", [("duration", secs(2.5 * 365 * DAY))]),
    ("【半天】没人理", [("duration", secs(DAY / 2))]),
    ("【3-5个工作日】到", [("duration", secs(3 * DAY, 5 * DAY))]),
    ("【1小时20分钟】", [("duration", secs(HOUR + 20 * 60))]),
    ("【十几天】了", [("duration", secs(11 * DAY, 19 * DAY))]),
    ("用了【俩月】", [("duration", secs(2 * MONTH))]),
    ("等【三四个小时】", [("duration", secs(3 * HOUR, 4 * HOUR))]),
    ("用了【三天】就坏", [("duration", secs(3 * DAY))]),
    ("排了【一上午】", [("duration", secs(4 * HOUR))]),
    ("【7日】内退货", [("duration", secs(7 * DAY))]),
    ("【一刻钟】", [("duration", secs(900))]),
    ("等了【1.5h】没人管", [("duration", secs(5400))]),
    ("尽快【三天】内给我", [("duration", secs(3 * DAY))]),
    ("【好几天】", [("duration", secs(3 * DAY, 9 * DAY))]),
    # count
    ("这是【第三次】了", [("count", n(3))]),
    ("坏了【三次】", [("count", n(3))]),
    ("打了【5遍】电话", [("count", n(5))]),
    ("来【好几回】了", [("count", n(None))]),
    ("跑了【两趟】", [("count", n(2))]),
    ("说了【多少遍】", [("count", n(None))]),
    ("打了【n次】", [("count", n(None))]),
    ("催过【20多次】", [("count", n(None))]),
    ("【十二次】", [("count", n(12))]),
    ("【第二回】", [("count", n(2))]),
    # date
    ("【昨天】说的", [("date", "-1d")]),
    ("【大前天】", [("date", "-3d")]),
    ("【上周五】", [("date", "-1w-5")]),
    ("【5月3号】", [("date", "--05-03")]),
    ("【3号】下单", [("date", "---03")]),
    ("【今天早上】", [("date", "0dTmorning")]),
    ("【昨晚八点】", [("date", "-1dT20:00")]),
    ("【618】下的单", [("date", "--06-18")]),
    ("【双十一】", [("date", "--11-11")]),
    ("【月底】前", [("date", "0m-end")]),
    ("【2023年5月3日】", [("date", "2023-05-03")]),
    ("【2023-11-21】", [("date", "2023-11-21")]),
    ("【23年12月】", [("date", "2023-12")]),
    ("【二零二四年】", [("date", "2024")]),
    ("【去年5月】", [("date", "-1y-05")]),
    ("【上个月5号】", [("date", "-1m-05")]),
    ("【周日】", [("date", "w7")]),
    ("【下周一上午】", [("date", "+1w-1Tmorning")]),
    ("【三天前】", [("date", "-3d")]),
    ("【两个月前】", [("date", "-2m")]),
    ("【半年前】", [("date", "-6m")]),
    ("【3天后】", [("date", "+3d")]),
    ("【几天前】", [("date", "recent")]),
    ("【上周五晚上8点】", [("date", "-1w-5T20:00")]),
    ("【今天下午三点半】", [("date", "0dT15:30")]),
    ("【凌晨一点】", [("date", "T01:00")]),
    ("【8:30】", [("date", "T08:30")]),
    ("【5月3号下午】", [("date", "--05-03Tafternoon")]),
    ("【十一月三十号】", [("date", "--11-30")]),
    ("【5月底】", [("date", "--05-end")]),
    ("【今晚12点】", [("date", "0dT24:00")]),
    ("【去年双十一】", [("date", "-1y-11-11")]),
    ("约的【三点钟】", [("date", "T03:00")]),
    ("【双12】买的3件", [("date", "--12-12")]),
    # phone, id card, bank card
    ("打我【13812345678】", [("phone", "13812345678")]),
    ("【138-1234-5678】", [("phone", "13812345678")]),
    ("号是【138 1234 5678】", [("phone", "13812345678")]),
    ("【+86 138-1234-5678】", [("phone", "13812345678")]),
    ("【幺三八零零一三八零零零】", [("phone", "13800138000")]),
    ("打【010-62345678】", [("phone", "01062345678")]),
    ("【(0755)8234567】", [("phone", "07558234567")]),
    ("家里电话是【8234567】", [("phone", "8234567")]),
    ("证件【11010119900307123X】", [("id_card", "11010119900307123X")]),
    ("【110101 19900307 1234】", [("id_card", "110101199003071234")]),
    ("【6222021234567890128】", [("bank_card", "6222021234567890128")]),
    ("【6222 0212 3456 7890 128】", [("bank_card", "6222021234567890128")]),
    # order
    ("订单号是【202311211234567890】", [("order", "202311211234567890")]),
    ("【SF1234567890123】到哪了", [("order", "SF1234567890123")]),
    ("工单号：【GD20231121001】", [("order", "GD20231121001")]),
    ("单号【4111111111111111】", [("order", "4111111111111111")]),
    ("运单号【13812345678】", [("order", "13812345678")]),
    ("订单尾号【3456】", [("order", "3456")]),
    ("受理编号【2023-0456】", [("order", "2023-0456")]),
    # product
    ("【宽带】又断了", [("product", "宽带")]),
    ("【光猫】红灯", [("product", "光猫")]),
    ("【流量包】没了", [("product", "流量包")]),
    ("【流量】没了", [("product", "流量")]),
    ("【空调】不制冷", [("product", "空调")]),
    ("【扫地机器人】", [("product", "扫地机器人")]),
    ("【机票】改签", [("product", "机票")]),
    ("【优惠券】用不了", [("product", "优惠券")]),
    ("【信用卡】被盗刷", [("product", "信用卡")]),
    ("【app】闪退", [("product", "app")]),
    ("【Apple Watch】坏了", [("product", "apple watch")]),
    ("【iphone 13】天天死机", [("product", "iphone 13")]),
    ("【移动硬盘】读不出", [("product", "移动硬盘")]),
    # place
    ("寄到【北京市】", [("place", "北京市")]),
    ("【广东省深圳市】", [("place", "广东省深圳市")]),
    ("我在【上海浦东新区】", [("place", "上海浦东新区")]),
    ("住【阳光花园小区】", [("place", "阳光花园小区")]),
    ("去了【中关村营业厅】", [("place", "中关村营业厅")]),
    ("【联通营业厅】", [("place", "联通营业厅")]),
    # company, competitor
    ("在【京东】买的", [("company", "京东")]),
    ("用的【联通】", [("company", "联通")]),
    ("我要换【移动】", [("competitor", "移动")]),
    ("看看人家【顺丰】", [("competitor", "顺丰")]),
    ("【拼多多】都比你们强", [("competitor", "拼多多")]),
    ("直接转【电信】", [("competitor", "电信")]),
    ("不如去【淘宝】买算了", [("competitor", "淘宝")]),
    # person
    ("我是【王女士】", [("person", "王女士")]),
    ("叫我【李先生】", [("person", "李先生")]),
    ("【欧阳女士】", [("person", "欧阳女士")]),
    # several
    (
        "【上周五】在【京东】买的【洗衣机】用了【三天】就坏，打了【5遍】电话，还扣【58块8】",
        [
            ("date", "-1w-5"),
            ("company", "京东"),
            ("product", "洗衣机"),
            ("duration", secs(3 * DAY)),
            ("count", n(5)),
            ("amount", yuan(58.8)),
        ],
    ),
    ("【昨天】充的【一百】，【话费】没到", [("date", "-1d"), ("amount", yuan(100)), ("product", "话费")]),
    # full width, traditional, invisible and doubled characters: offsets stay those of the original
    ("扣了我【２００多】！！", [("amount", yuan(200, 300))]),
    ("【這個月】多扣【３００】", [("date", "0m"), ("amount", yuan(300))]),
    ("等了【兩個多星期】", [("duration", secs(14 * DAY, 21 * DAY))]),
    ("【寬帶】壞了【三個月】", [("product", "宽带"), ("duration", secs(3 * MONTH))]),
    ("單號：【ＳＦ１２３４５６７８９０１２３】", [("order", "SF1234567890123")]),
    ("😡😡\u200b【空\u200b调】坏了", [("product", "空调")]),
    ("啊啊啊啊啊啊啊【三天】了", [("duration", secs(3 * DAY))]),
    ("电话　【１３８　１２３４　５６７８】", [("phone", "13812345678")]),
]

NOTHING_IN = [
    "版本号3.2.1",
    "v3.2.1闪退",
    "ip是192.168.1.1",
    "5G没有",
    "4K的",
    "打10086",
    "12315见",
    "一次性说清楚",
    "再次投诉",
    "上次就这样",
    "每次都这样",
    "这次算了",
    "下一次",
    "一起去",
    "十分生气",
    "万一又坏了",
    "一点都不好",
    "早点来",
    "晚一点没关系",
    "一块去",
    "第三方",
    "怎么回事",
    "一回事",
    "三番五次",
    "一天到晚",
    "七天无理由",
    "退一赔三",
    "第一天",
    "有一天",
    "3号楼",
    "2号线",
    "三个人",
    "买了3件",
    "128g的",
    "尺码42",
    "明白了",
    "前面那个",
    "今后注意",
    "自动移动",
    "移动一下",
    "超市里",
    "小区停电",
    "走在路上",
    "附近营业厅",
    "由于女士优先",
    "双方先生效",
    "充了3张",
    "13月3号",
    "0月",
    "比分3:2",
    "",
    "   ",
    "？？？",
    "😡😡😡",
]


@pytest.mark.parametrize(("marked", "expected"), SENTENCES, ids=[m for m, _ in SENTENCES])
def test_spans_and_values(
    extractor: RuleEntityExtractor, marked: str, expected: list[tuple[str, Any]]
) -> None:
    text, places = spans(marked)
    found = read(extractor, text)
    assert [(e["entity"], e["value"]) for e in found] == expected
    assert [(e["start"], e["end"]) for e in found] == places


@pytest.mark.parametrize("text", NOTHING_IN)
def test_what_only_looks_like_an_entity(extractor: RuleEntityExtractor, text: str) -> None:
    assert read(extractor, text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("你们客服王女士态度差", "person"),
        ("维修的张师傅没来", "person"),
        ("我用的是联通", "competitor"),
        ("转到支付宝", "competitor"),
        ("能换顺丰发吗", "competitor"),
        ("@江城移动客服 没信号", "company"),
        ("移动硬盘坏了", "company"),
        ("我手机号13812345678", "product"),
        ("快递员态度差", "product"),
        ("在手机上充的", "product"),
        ("400-800-8888", "phone"),
        ("订单号13812345678", "phone"),
        ("4111111111111112", "bank_card"),
        ("订单号4111111111111111", "bank_card"),
        ("110101199013071234", "id_card"),
        ("序列号123456789012345678", "order"),
        ("税号91330106MA2CDF7T3K", "order"),
        ("wh1000xm4耳机", "order"),
        ("第三天才到", "duration"),
        ("2023年买的", "duration"),
        ("三天前买的", "duration"),
        ("5月的", "duration"),
        ("两周一次", "date"),
        ("三个月了", "date"),
        ("有三点意见", "date"),
        ("3号楼", "date"),
        ("5号电池", "date"),
        ("iphone 13天天死机", "duration"),
        ("扣了5000积分", "amount"),
        ("200美元", "amount"),
        ("两块电池", "amount"),
        ("扣了3次", "amount"),
        ("充到幺三九六七七", "amount"),
        ("充100，300兆", "place"),
        ("二次销售", "count"),
        ("三回合", "count"),
        ("北京时间八点", "place"),
        ("大同小异", "place"),
    ],
)
def test_kinds_that_must_not_be_read(extractor: RuleEntityExtractor, text: str, kind: str) -> None:
    assert kind not in [e["entity"] for e in read(extractor, text)]


def test_a_full_width_comma_separates_numbers(extractor: RuleEntityExtractor) -> None:
    assert [e["text"] for e in read(extractor, "充了100，300块没到")] == ["100", "300块"]
    assert [e["text"] for e in read(extractor, "退我1,300块")] == ["1,300块"]


EXAMPLES = [(rule["kind"], text) for rule in RULES["rules"] for text in rule["found"]]
CLEAN = [(rule["kind"], text) for rule in RULES["rules"] for text in rule["clean"]]


@pytest.mark.parametrize(("kind", "marked"), EXAMPLES)
def test_the_examples_of_the_rules_hold(extractor: RuleEntityExtractor, kind: str, marked: str) -> None:
    text, places = spans(marked)
    assert (kind, *places[0]) in [(e["entity"], e["start"], e["end"]) for e in read(extractor, text)]


@pytest.mark.parametrize(("kind", "text"), CLEAN)
def test_the_clean_examples_of_the_rules_hold(extractor: RuleEntityExtractor, kind: str, text: str) -> None:
    assert kind not in [e["entity"] for e in read(extractor, text)]


def test_every_listed_name_is_found_by_itself(extractor: RuleEntityExtractor) -> None:
    guarded = {"only_followed_by", "only_preceded_by", "only_if_text_has"}
    for group in RULES["phrases"]:
        for word in group["words"]:
            if group["kind"] != "nothing" and not guarded & group.keys():
                assert [e["text"] for e in read(extractor, word)] == [word], word


def test_the_gazetteer_is_large_enough() -> None:
    words = [w for group in RULES["phrases"] if group["kind"] == "product" for w in group["words"]]
    assert len(words) == len(set(words)) >= 350


def test_a_reply_can_say_the_facts_back(extractor: RuleEntityExtractor) -> None:
    def facts(text: str) -> dict[str, str]:
        return facts_of(
            text,
            [Entity(e["entity"], e["text"], e["start"], e["end"], e["value"]) for e in read(extractor, text)],
        )

    assert facts("宽带从上周五断到现在，等了快一个月没人修，打了5遍电话") == {
        "product": "宽带",
        "date": "上周五",
        "wait": "快一个月",
        "count": "第5次",
    }
    assert facts("说好每月58，结果账单扣了98") == {"expected": "58元", "actual": "98元", "product": "账单"}
    assert facts("订单号202311211234567890多扣300") == {"order": "尾号7890", "amount": "300元"}
    assert "wait" not in facts("用了三天就坏")


def test_entities_go_beside_those_found_before(extractor: RuleEntityExtractor) -> None:
    earlier = {"entity": "x", "start": 0, "end": 1, "value": "我"}
    message = Message(data={TEXT: "我等了三天", ENTITIES: [earlier]})
    extractor.process([message])  # no Doc on the message: the component makes its own
    assert [e["entity"] for e in message.get(ENTITIES)] == ["x", "duration"]
    assert message.get(ENTITIES)[1]["extractor"] == "RuleEntityExtractor"
    assert ENTITIES in message.output_properties


def test_trained_rules_survive_in_the_model(extractor: RuleEntityExtractor, tmp_path: Path) -> None:
    text = "上周五在京东买的洗衣机用了三天，打了5遍电话，扣58块8"
    assert component(tmp_path).process([Message(data={TEXT: text})])[0].get(ENTITIES) == []
    component(tmp_path).train(TrainingData())
    loaded = RuleEntityExtractor.load(
        RuleEntityExtractor.get_default_config(),
        LocalModelStorage(tmp_path),
        Resource("entities"),
        CONTEXT,
    )
    assert read(loaded, text) == read(extractor, text) != []


def test_a_model_without_rules_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        RuleEntityExtractor.load({}, LocalModelStorage(tmp_path), Resource("entities"), CONTEXT)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    root = tmp_path / "zh"
    shutil.copytree(CONTENT_DIR / "entities", root / "entities")
    return root


def test_a_model_keeps_the_rules_it_was_trained_with(content: Path, tmp_path: Path) -> None:
    rules = content / "entities" / "product.yml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("[宽带,", "[量子宽带, 宽带,"), encoding="utf-8"
    )
    (tmp_path / "model").mkdir()
    component(tmp_path / "model", content_dir=str(content)).train(TrainingData())
    shutil.rmtree(content)
    storage = LocalModelStorage(tmp_path / "model")
    loaded = RuleEntityExtractor.load({"content_dir": str(content)}, storage, Resource("entities"), CONTEXT)
    assert [e["value"] for e in read(loaded, "量子宽带断了")] == ["量子宽带"]


def test_the_fingerprint_follows_the_rule_files(content: Path) -> None:
    config = {"content_dir": str(content)}
    before = RuleEntityExtractor.fingerprint_addon(config)
    assert before == RuleEntityExtractor.fingerprint_addon({"content_dir": None})
    (content / "phrases.yml").write_text("phrases: []", encoding="utf-8")
    assert RuleEntityExtractor.fingerprint_addon(config) == before
    (content / "entities" / "extra.yml").write_text("kind: product", encoding="utf-8")
    assert RuleEntityExtractor.fingerprint_addon(config) != before


def test_all_faults_are_told_with_file_and_line(content: Path) -> None:
    for path in entity_files(content):
        path.unlink()
    (content / "entities" / "count.yml").write_text(
        """kind: count
words:
  times: [次, 遍]
  wide: [ＡＢ]
rules:
  - id: count.one
    patterns: ["<number> <times>"]
    found: ["三次"]
    clean: [再次]
""",
        encoding="utf-8",
    )
    (content / "entities" / "date.yml").write_text(
        """kind: date
words:
  number: [一]
rules:
  - id: date.one
    patterns: ["<nowhere> 天", "(<number> 天", "天?"]
    unless_followed_by: [<none>]
    found: ["【三天】"]
    clean: [天]
  - id: date.one
    patterns: ["天"]
    found: ["【天】"]
    clean: [地]
""",
        encoding="utf-8",
    )
    (content / "entities" / "place.yml").write_text("kind: nowhere\nextra: 1\n", encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_entity_rules(content)
    told = str(error.value).splitlines()
    for start in (
        "zh/entities/count.yml:3: words",
        "zh/entities/count.yml:8: rules.0.found",
        "zh/entities/date.yml:3: <number> is a built-in class",
        "zh/entities/date.yml:6: pattern '<nowhere> 天'",
        "zh/entities/date.yml:6: pattern '(<number> 天'",
        "zh/entities/date.yml:6: pattern '天?'",
        "zh/entities/date.yml:7: unless_followed_by: there is no class <none>",
        "zh/entities/date.yml:10: id 'date.one' is already used",
        "zh/entities/place.yml:1: kind",
        "zh/entities/place.yml:2: extra",
    ):
        assert any(line.startswith(start) for line in told), (start, told)


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        load_entity_rules(tmp_path)


_PIECES = st.sampled_from(
    [MARKED.sub(r"\1", text) for _, text in EXAMPLES]
    + [
        "一",
        "十",
        "百",
        "万",
        "几",
        "半",
        "多",
        "块",
        "点",
        "月",
        "号",
        "0",
        "9",
        "1.5",
        "-",
        ":",
        ",",
        " ",
        "，",
        "@",
        "a",
        "X",
        "個",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(),
        st.text(alphabet=st.characters(blacklist_categories=())),
        st.lists(_PIECES, max_size=8).map("".join),
        st.text(alphabet="0123456789一二十百万半几多块元毛月号日年点分周天个次-~:.,/ ", max_size=60),
    )
)
def test_no_text_breaks_it_and_every_span_is_the_text(extractor: RuleEntityExtractor, text: str) -> None:
    last = 0
    for entity in read(extractor, text):
        assert last <= entity["start"] < entity["end"] <= len(text)
        assert text[entity["start"] : entity["end"]] == entity["text"]
        json.dumps(entity["value"])
        last = entity["end"]


@pytest.mark.parametrize(
    "text", ["9" * 3000, "一" * 3000, "1-" * 900, "¥1," * 700, "北京市" * 600, "a1" * 1500, "三天" * 900]
)
def test_a_hostile_message_stays_quick(extractor: RuleEntityExtractor, text: str) -> None:
    started = time.perf_counter()
    read(extractor, text)
    assert time.perf_counter() - started < 2


def test_an_ordinary_message_takes_little_time(extractor: RuleEntityExtractor) -> None:
    texts = [
        "我上周五在京东买的洗衣机用了三天就坏了，打了5遍电话都没人接，还多扣我58块8",
        "我等了20多分钟还没有人接电话，你们客服到底在不在啊，我真的很生气，怎么办才好呢",
        "宽带从昨天晚上开始就上不去网，路由器重启了好几次，光猫一直亮红灯，什么时候能修",
    ]
    messages = [Message(data={TEXT: text}) for text in texts]
    for message in messages:
        TextNormalizer().process([message])
        TOKENIZER.process([message])
    rounds = []
    for _ in range(30):
        started = time.thread_time()
        extractor.process(messages)
        rounds.append((time.thread_time() - started) / len(messages))
        for message in messages:
            message.set(ENTITIES, [])
    assert (
        statistics.median(rounds) < 0.006
    )  # four times what it takes: a guard against runaway rules, no benchmark
