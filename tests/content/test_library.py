"""The shipped library: it holds, it is broad enough for every situation, and it is quick to read with."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.core.content import Content, search
from bot.core.labels import (
    COMPLAINT_STEPS,
    EMOTIONS,
    FACT_SLOTS,
    INTENTS,
    MOMENTS,
    NEUTRAL,
    PARTS,
    PERSONALITIES,
    SITUATION_FAMILIES,
    STEPS,
    UNDETERMINED,
    UPSET,
)
from bot.knowledge.checks import SAMPLE_FACTS, render_sample
from bot.knowledge.loader import load_content
from bot.knowledge.reader import CONTENT_DIR

MIN_PHRASES = 1_400
MIN_OF_A_PART = 20
MIN_SITUATIONS = 150
SERVICE_CODE = re.compile(r"[*#]+\d+#")
"""Codes dialled on the phone, such as ##002#."""
MIN_OWN_CUES, MAX_FOREIGN_CUES = 0.6, 0.12
SIGNAL_KINDS = ("personality", "risk", "difficult", "opportunity", "agent_line", "promise_time")
FAMILIES = {
    "belittle", "shift_blame", "deny", "price_sarcasm", "rule_pressure", "command", "accuse", "doubt_honesty",
    "talk_back", "brush_off", "over_promise", "premature_blame", "disparage_colleague", "exaggerate",
    "leak_privacy", "canned", "closed_no",
}  # fmt: skip
"""The families of K9."""
DIFFICULT = 10
"""Kinds of difficult customers in K17."""


@pytest.fixture(scope="module")
def content() -> Content:
    """Loaded with every check: a fault fails here with its path:line."""
    return load_content()


def test_the_library_is_large(content: Content) -> None:
    assert len(content.phrases) >= MIN_PHRASES
    counts = {part: sum(p.part == part for p in content.phrases) for part in PARTS}
    assert min(counts.values()) >= MIN_OF_A_PART, counts


def test_no_two_phrases_say_the_same(content: Content) -> None:
    """Among the general ones and inside a situation; two situations may well ask the same question."""
    counts = Counter((p.situation, p.text) for p in content.phrases)
    assert sorted(key for key, n in counts.items() if n > 1) == []


def test_situations_are_many_and_from_every_trade(content: Content) -> None:
    families = Counter(s.family for s in content.situations.values())
    assert sum(families.values()) >= MIN_SITUATIONS
    assert set(families) == set(SITUATION_FAMILIES)


def test_a_situation_speaks_four_ways(content: Content) -> None:
    for key in content.situations:
        own = [p for p in content.phrases if p.situation == key]
        assert {who for p in own for who in p.personalities} >= set(PERSONALITIES), key


def test_a_cue_finds_its_situation_and_leaves_the_others_alone(content: Content) -> None:
    """Most examples by their own cue, few by another's; what cues miss is left to the reader."""
    examples = [(e.lower(), s.id) for s in content.situations.values() for e in s.examples]
    own = foreign = 0
    for situation in content.situations.values():
        for text, of in examples:
            if situation.cue is not None and situation.cue.search(text):
                own += of == situation.id
                foreign += of != situation.id
    assert own / len(examples) >= MIN_OWN_CUES
    assert foreign / len(examples) <= MAX_FOREIGN_CUES


def test_every_intent_has_its_own_substance(content: Content) -> None:
    for intent in INTENTS:
        own = [p for p in content.phrases if intent in p.intents]
        assert len(own) >= 12 and len({p.part for p in own}) >= 3, intent


def test_every_upset_emotion_is_acknowledged_for_every_personality(content: Content) -> None:
    for emotion in UPSET:
        for who in (*PERSONALITIES, NEUTRAL):
            fitting = [
                p
                for p in content.phrases_of["", "acknowledge"]
                if emotion in p.emotions and (not p.personalities or who in p.personalities) and not p.intents
            ]
            assert len(fitting) >= 3, (emotion, who)


def test_an_angry_customer_is_not_praised(content: Content) -> None:
    praise = content.phrases_of["", "praise"]
    assert not [p.id for p in praise if "angry" in p.emotions]
    steps = {s for plan in content.plans if "praise" in plan.parts for s in [plan.step]}
    assert not steps & {"accept", "calm", "escalate"}


def test_every_fact_can_be_said_back(content: Content) -> None:
    said = {slot for p in content.phrases for slot in p.slots}
    assert set(FACT_SLOTS) - said == set()
    assert SAMPLE_FACTS.keys() == set(FACT_SLOTS)


def test_phrases_are_spoken_chinese(content: Content) -> None:
    for phrase in content.phrases:
        text = render_sample(phrase)
        assert not set(SERVICE_CODE.sub("", text)) & set("*#<>[]{}_|"), phrase.id
        assert not any(c in text for c in ",?!:;"), f"{phrase.id}: half-width punctuation"
        assert text == text.strip(), phrase.id


def test_no_phrase_holds_personal_or_company_data(content: Content) -> None:
    for phrase in content.phrases:
        assert not re.search(r"\d{6}", phrase.text), phrase.id


def test_all_families_and_signals_are_there(content: Content) -> None:
    assert {rule.label for rule in content.lint_rules} == FAMILIES
    assert set(content.signals) == set(SIGNAL_KINDS)
    assert {rule.label for rule in content.signals["personality"]} == set(PERSONALITIES)
    assert {rule.label for rule in content.signals["risk"]} == {"1", "2"}
    assert len({rule.label for rule in content.signals["difficult"]}) == DIFFICULT
    lines = {rule.label for rule in content.signals["agent_line"]}
    assert {"accept", "own", "apology", "calm", "feeling", "ask_open", "ask_closed"} <= lines
    assert {"resolve", "act", "thank", "confirm", "hang_up"} <= lines


def test_what_the_agent_is_told_is_never_empty(content: Content) -> None:
    for rule in (*content.signals["difficult"], *content.signals["opportunity"]):
        assert rule.suggestion, f"{rule.id}: no next move"
    for rule in content.signals["risk"]:
        assert rule.note, f"{rule.id}: no note"


def test_every_label_has_a_chinese_name(content: Content) -> None:
    labels = {
        "intent": INTENTS,
        "emotion": EMOTIONS,
        "step": STEPS,
        "part": PARTS,
        "personality": (*PERSONALITIES, NEUTRAL, UNDETERMINED),
    }
    for kind, names in labels.items():
        for name in names:
            assert content.name(kind, name) != name, (kind, name)
    assert len(content.principles) == 12
    assert set(COMPLAINT_STEPS) | set(MOMENTS) <= set(STEPS)


def test_no_rule_can_be_made_slow(content: Content) -> None:
    flagged = "，".join(text for rule in content.lint_rules for text in rule.flagged)
    for text in ("您是不是都没", "我们可以", "不", "1", "，", " ", flagged):
        long = (text * 5_000)[:5_000]
        for kind, rules in (("lint", content.lint_rules), *content.signals.items()):
            began = time.perf_counter()
            search(rules, long)
            assert time.perf_counter() - began < 3, (kind, text[:10])


def test_the_content_is_not_taken_for_rasa_training_data() -> None:
    """Rasa reads any YAML under data/ with such a top-level key."""
    assert "data" not in CONTENT_DIR.parts[-4:]
    root = Path(__file__).resolve().parents[2]
    assert not [
        p for p in (root / "data").rglob("*.yml") if p.read_text(encoding="utf-8").startswith("phrases:")
    ]
