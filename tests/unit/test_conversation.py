"""The conversation state: nothing is lost in JSON, and it never grows beyond its bounds."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.analysis import Analysis, Emotion, Entity, Evidence, Intent, Risk
from bot.core.content import Content, Rule
from bot.core.conversation import MAX_TEXT, MAX_TURNS, MAX_USED, ConversationState, Turn
from bot.core.labels import EMOTIONS, INTENTS
from bot.services.assist import AssistService
from bot.services.review import record_agent_line

RULES = tuple(
    Rule(f"line.{label}", label, re.compile(word))
    for label, word in (
        ("accept", "来处理"),
        ("apology", "对不起"),
        ("ask_open", "什么"),
        ("resolve", "退"),
        ("act", "现在就"),
    )
)
CONTENT = Content((), (), (), {"agent_line": RULES}, {}, {}, {})
SERVICE = AssistService(CONTENT)
RELAXED = settings(deadline=None, max_examples=40)
TEXTS = st.text("等了对不起什么退款现在就来处理我 ab12。！？\n😡", max_size=300)


@st.composite
def analyses(draw: st.DrawFn) -> Analysis:
    text = draw(TEXTS)
    cues = draw(st.lists(st.sampled_from(["driver", "amiable"]), max_size=3))
    return Analysis(
        text,
        "zh",
        Intent(draw(st.sampled_from(INTENTS)), 0.7),
        Emotion(draw(st.sampled_from(EMOTIONS)), 0.7, draw(st.sampled_from([0, 1, 2.5, 3]))),
        draw(st.booleans()),
        Risk(draw(st.integers(0, 2))),
        tuple(Evidence(kind, text[:9], 0, 9) for kind in cues),
        (Entity("amount", "300元", 0, 4, 300),),
    )


LINES = st.lists(st.one_of(analyses(), TEXTS), max_size=12)


def run(lines: list[Analysis | str], state: ConversationState | None = None) -> ConversationState:
    state = state or ConversationState()
    for number, line in enumerate(lines):
        if isinstance(line, str):
            suggestion = {"parts": [{"phrase_id": f"p{number}.{i}"} for i in range(3)]}
            record_agent_line(CONTENT, state, line, message_id=f"m{number}", suggestion=suggestion)
        else:
            SERVICE.triage(state, line, f"m{number}")
    return state


@RELAXED
@given(LINES)
def test_json_round_trip_loses_nothing(lines: list[Analysis | str]) -> None:
    state = run(lines)
    restored = ConversationState.from_dict(json.loads(json.dumps(state.to_dict())))
    assert restored == state
    assert restored.last_agent_line == state.last_agent_line


def test_nothing_to_restore_is_a_fresh_state() -> None:
    assert ConversationState.from_dict(None) == ConversationState.from_dict({}) == ConversationState()


def test_two_fresh_states_share_nothing() -> None:
    one, other = ConversationState(), ConversationState()
    one.facts["wait"] = "两天"
    one.add_turn(Turn("customer", "你好", "m1"))
    assert other == ConversationState()


@RELAXED
@given(LINES, LINES)
def test_a_restored_state_shares_nothing_with_its_source(
    before: list[Analysis | str], after: list[Analysis | str]
) -> None:
    source = run(before).to_dict()
    as_it_was = json.dumps(source)
    run(after, ConversationState.from_dict(source))
    assert json.dumps(source) == as_it_was


def test_a_state_of_an_older_or_newer_version_is_read() -> None:
    newer: dict[str, Any] = ConversationState(topic="ask_policy").to_dict()
    newer["turns"] = [{"sender": "agent", "text": "您好", "message_id": "m1", "channel": "wecom"}]
    newer["mirror_neurons"] = 7
    del newer["promises"]
    state = ConversationState.from_dict(newer)
    assert (state.topic, state.last_agent_line, state.promises) == ("ask_policy", "您好", [])


def test_the_state_stays_small_however_long_the_talk() -> None:
    angry = Analysis(
        "我" * 9_000 + "等了三天", "zh", Intent("complain_delay", 0.9), Emotion("angry", 0.9, 3), True, Risk(2),
        tuple(Evidence("driver", f"快{i}", 0, 2) for i in range(9)),
    )  # fmt: skip
    sizes = []
    for times in (20, 200):
        state = run([angry, "对不起我来处理什么时候开始的" + "啊" * 9_000 + "现在就退"] * times)
        sizes.append(len(json.dumps(state.to_dict(), ensure_ascii=False)))
        assert len(state.turns) == MAX_TURNS
        assert all(len(turn.text) <= MAX_TEXT for turn in state.turns)
        assert len(state.used) <= MAX_USED
    assert sizes[1] <= sizes[0] * 1.05
    assert max(sizes) < 20_000


@RELAXED
@given(LINES)
def test_every_collection_is_bounded(lines: list[Analysis | str]) -> None:
    state = run(lines * 8)
    for spec in fields(state):
        value = getattr(state, spec.name)
        if isinstance(value, (list, dict)):
            assert len(value) <= MAX_USED, spec.name


def test_used_phrases_are_remembered_once_and_the_newest_stay() -> None:
    state = ConversationState()
    state.remember_used(["a", "b", "a"])
    state.remember_used(["b", "c"])
    assert state.used.count("b") == 1 and state.used[-1] == "c"
    state.remember_used([f"p{i}" for i in range(MAX_USED)])
    assert state.used[-1] == f"p{MAX_USED - 1}" and "c" not in state.used
