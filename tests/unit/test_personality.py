"""Personality (K1): a hint that needs time, several cues and a lead before it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.analysis import Analysis, Emotion, Evidence, Intent
from bot.core.content import Content
from bot.core.conversation import MAX_EVIDENCE, ConversationState
from bot.core.labels import PERSONALITIES, UNDETERMINED
from bot.core.personality import MIN_MARGIN, accumulate, posterior
from bot.services.assist import AssistService

SERVICE = AssistService(Content((), (), (), {}, {}, {}, {}))
RELAXED = settings(deadline=None, max_examples=60)
WEIGHTS = st.dictionaries(st.sampled_from(PERSONALITIES), st.floats(0, 1000))


def cue(kind: str, words: str, weight: float = 1.0) -> Evidence:
    return Evidence(kind, words, 0, len(words), weight)


def say(state: ConversationState, *cues: Evidence) -> None:
    """One customer message that shows these cues."""
    text = "，".join(c.text for c in cues) or "嗯"
    analysis = Analysis(text, "zh", Intent("urge", 0.8), Emotion("neutral", 0.8, 0), False, evidence=cues)
    SERVICE.triage(state, analysis, f"m{state.customer_messages + 1}")


def talk(*messages: tuple[Evidence, ...]) -> ConversationState:
    state = ConversationState()
    for message in messages:
        say(state, *message)
    return state


@RELAXED
@given(WEIGHTS, st.integers(0, 50), st.integers(0, 2))
def test_two_messages_never_decide(weights: dict[str, float], cues: int, messages: int) -> None:
    assert posterior(weights, cues=cues, messages=messages).type == UNDETERMINED


def test_two_short_but_strong_messages_stay_open() -> None:
    state = talk((cue("driver", "马上", 1.5), cue("driver", "给我解决", 2)), (cue("driver", "别废话", 2),))
    assert SERVICE.personality_of(state).type == UNDETERMINED
    say(state, cue("driver", "我要结果", 2))
    assert SERVICE.personality_of(state).type == "driver"


@pytest.mark.parametrize("kind", PERSONALITIES)
def test_evidence_accumulates_until_it_decides(kind: str) -> None:
    state, confidence = ConversationState(), 0.0
    for number in range(6):
        say(state, cue(kind, f"话{number}"))
        now = SERVICE.personality_of(state)
        assert now.scores[kind] > confidence
        confidence = now.scores[kind]
    assert (now.type, now.source) == (kind, "inferred")


def test_messages_without_cues_leave_the_scores_alone() -> None:
    state = talk((cue("driver", "马上"),), (cue("driver", "立刻"),))
    before = SERVICE.personality_of(state).scores
    say(state)
    say(state)
    assert SERVICE.personality_of(state).scores == before


def test_the_same_words_again_and_again_are_one_cue() -> None:
    assert SERVICE.personality_of(talk(*[(cue("driver", "快点"),)] * 10)).type == UNDETERMINED


@RELAXED
@given(st.sampled_from(PERSONALITIES), st.integers(1, 30))
def test_a_repeated_cue_adds_less_each_time(kind: str, times: int) -> None:
    steps, weights = [], {}
    for _ in range(times + 2):
        grown = accumulate(weights, [cue(kind, "快点")])
        steps.append(grown[kind] - weights.get(kind, 0.0))
        weights = grown
    assert all(later < earlier for earlier, later in zip(steps, steps[1:]))


def test_two_types_side_by_side_stay_open() -> None:
    state = talk(*[(cue("driver", f"马上{n}"), cue("analytical", f"为什么{n}")) for n in range(8)])
    assert SERVICE.personality_of(state).type == UNDETERMINED


@RELAXED
@given(WEIGHTS, st.integers(0, 9), st.integers(0, 9))
def test_a_decision_has_a_majority_and_a_margin(weights: dict[str, float], cues: int, messages: int) -> None:
    found = posterior(weights, cues=cues, messages=messages)
    ordered = sorted(found.scores.values(), reverse=True)
    if found.type != UNDETERMINED:
        assert found.scores[found.type] == ordered[0] == found.confidence >= 0.5
        assert ordered[0] - ordered[1] >= MIN_MARGIN - 0.001


@RELAXED
@given(WEIGHTS)
def test_scores_are_a_distribution_over_the_four_types(weights: dict[str, float]) -> None:
    scores = posterior(weights, cues=3, messages=3).scores
    assert set(scores) == set(PERSONALITIES)
    assert sum(scores.values()) == pytest.approx(1, abs=0.003)


def test_an_unknown_type_is_no_evidence() -> None:
    assert accumulate({}, [cue("sanguine", "哈哈")]) == dict.fromkeys(PERSONALITIES, 0.0)


def test_the_agents_choice_wins_until_it_is_given_back() -> None:
    state = talk(*[(cue("driver", f"马上{n}"),) for n in range(6)])
    state.personality_override, state.personality_source = "amiable", "agent"
    chosen = SERVICE.personality_of(state)
    assert (chosen.type, chosen.source) == ("amiable", "agent")
    assert chosen.scores["driver"] > chosen.scores["amiable"], "the inferred scores stay visible"
    state.personality_override = ""
    assert SERVICE.personality_of(state).type == "driver"


def test_evidence_is_kept_with_its_words_and_message_and_bounded() -> None:
    state = talk(*[(cue("driver", f"马上{n}"),) for n in range(30)])
    assert len(state.evidence) == MAX_EVIDENCE
    assert state.evidence[-1] == {
        "type": "driver",
        "text": "马上29",
        "start": 0,
        "end": 4,
        "message_id": "m30",
    }
