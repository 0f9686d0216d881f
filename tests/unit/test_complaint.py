"""The six complaint steps (K15): order, warnings, jumps back, and the growth of a complaint (K16)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import complaint, emotion
from bot.core.analysis import Analysis, Emotion, Intent, Risk
from bot.core.conversation import ConversationState
from bot.core.labels import COMPLAINT_STEPS

SENTENCE = {step: f"{step}的那句话。" for step in COMPLAINT_STEPS}
RELAXED = settings(deadline=None, max_examples=60)
STEPS = st.lists(st.sampled_from([*COMPLAINT_STEPS, "confirm"]), unique=True)


def message(
    text: str = "断了三次",
    intent: str = "report_fault",
    feeling: str = "disappointed",
    intensity: float = 1,
    *,
    complains: bool = True,
    risk: int = 0,
) -> Analysis:
    return Analysis(text, "zh", Intent(intent, 0.8), Emotion(feeling, 0.8, intensity), complains, Risk(risk))


CALM = message("昨天买的", "provide_info", "neutral", 0, complains=False)
FURIOUS = message("你们到底管不管！", "complain_attitude", "angry", 3)


def customer(state: ConversationState, analysis: Analysis, message_id: str = "c1") -> None:
    feeling = analysis.emotion
    complaint.on_customer(
        state, analysis, emotion.mood(feeling.name, feeling.intensity, analysis.risk.level), message_id
    )


def agent(state: ConversationState, *steps: str, asks: bool = False) -> list[str]:
    warnings = complaint.on_agent(state, {s: SENTENCE.get(s, s) for s in steps}, "a1")
    state.question_pending = asks
    return [w["rule"] for w in warnings]


def perform(state: ConversationState, step: str) -> list[str]:
    """The step as it is done in life: a question is answered by the customer."""
    warnings = agent(state, step, asks=step == "clarify")
    if step == "clarify":
        customer(state, CALM, "c9")
    return warnings


def opened(*done: str) -> ConversationState:
    """A complaint with these steps done, in this order."""
    state = ConversationState()
    customer(state, message())
    for step in done:
        perform(state, step)
    return state


def test_six_steps_in_order() -> None:
    state = opened()
    for step in COMPLAINT_STEPS:
        assert complaint.open_step(state) == step
        assert perform(state, step) == []
    view = complaint.view(state)
    assert [d["step"] for d in view["done"]] == list(COMPLAINT_STEPS)
    assert view["missing"] == view["warnings"] == []


def test_evidence_is_the_sentence_that_showed_the_step_first() -> None:
    state = opened("accept")
    complaint.on_agent(state, {"accept": "我再来看看。"}, "a2")
    assert complaint.view(state)["done"] == [{"step": "accept", "evidence": SENTENCE["accept"]}]
    assert state.steps_done["accept"]["message_id"] == "a1"


def test_without_a_complaint_there_is_no_procedure() -> None:
    state = ConversationState()
    customer(state, CALM)
    assert agent(state, "resolve", "thank") == []
    assert (complaint.open_step(state), state.steps_done, state.warnings) == ("none", {}, [])


@pytest.mark.parametrize(
    ("done", "said", "expected"),
    [
        ((), ("resolve",), ["order.resolve_before_clarify", "order.resolve_before_calm"]),
        (("accept", "calm"), ("resolve",), ["order.resolve_before_clarify"]),
        (("accept",), ("act", "calm"), ["order.act_before_clarify"]),
        (("accept", "calm", "clarify"), ("resolve",), []),
        (("accept", "calm"), ("clarify", "resolve"), ["order.resolve_before_clarify"]),  # nobody answered yet
        (("accept", "calm", "clarify"), ("thank",), ["order.thank_before_solution"]),
        (("accept", "calm", "clarify", "resolve"), ("thank",), []),
        (("accept", "calm", "clarify"), ("act", "thank"), []),
        ((), ("accept",), []),
        ((), ("clarify",), []),
        ((), ("accept", "calm", "clarify"), []),
    ],
)
def test_order_warnings(done: tuple[str, ...], said: tuple[str, ...], expected: list[str]) -> None:
    state = opened(*done)
    assert agent(state, *said) == expected
    assert [w["rule"] for w in state.warnings[-len(expected) :] if expected] == expected


def test_a_step_out_of_order_still_counts_but_early_thanks_do_not() -> None:
    state = opened()
    agent(state, "resolve", "thank")
    assert "resolve" in state.steps_done
    state = opened("accept")
    agent(state, "thank")
    assert "thank" not in state.steps_done


def test_new_heat_after_an_offer_jumps_back_to_calm() -> None:
    state = opened("accept", "calm", "clarify", "resolve", "act")
    customer(state, FURIOUS)
    assert complaint.open_step(state) == "calm"
    assert set(state.steps_done) == {"accept", "clarify"}, "what was accepted and found out stays"


def test_heat_before_any_offer_takes_nothing_back() -> None:
    state = opened("accept", "calm")
    customer(state, FURIOUS)
    assert set(state.steps_done) == {"accept", "calm"}


def test_a_threat_jumps_back_too_however_calm_it_sounds() -> None:
    state = opened("accept", "calm", "clarify", "resolve")
    customer(state, message("那我打12315", "threaten_escalation", "neutral", 0, risk=2))
    assert complaint.open_step(state) == "calm"


def test_the_customers_answer_completes_clarify_with_the_answer_as_evidence() -> None:
    state = opened("accept", "calm")
    agent(state, asks=True)
    customer(state, message("就在家里断的", "provide_info", "disappointed", 1), "c2")
    assert complaint.open_step(state) == "resolve"
    assert state.steps_done["clarify"] == {"evidence": "就在家里断的", "message_id": "c2", "by": "customer"}


@pytest.mark.parametrize(
    ("done", "asks", "answer"),
    [
        (("accept", "calm"), False, CALM),  # nobody asked
        (("accept", "calm"), True, FURIOUS),  # no answer, an outburst
    ],
)
def test_what_does_not_complete_clarify(done: tuple[str, ...], asks: bool, answer: Analysis) -> None:
    state = opened(*done)
    agent(state, asks=asks)
    customer(state, answer)
    assert "clarify" not in state.steps_done


def test_a_calm_customer_needs_no_calming() -> None:
    state = opened("accept")
    agent(state, asks=True)
    customer(state, CALM, "c2")
    assert state.steps_done["calm"]["by"] == "customer"
    assert complaint.open_step(state) == "resolve"


def test_calm_words_before_anyone_accepted_count_for_nothing() -> None:
    state = opened()
    customer(state, CALM)
    assert complaint.open_step(state) == "accept"


def test_an_outburst_uses_up_the_question() -> None:
    state = opened("accept", "calm")
    agent(state, asks=True)
    customer(state, FURIOUS)
    customer(state, CALM)
    assert "clarify" not in state.steps_done


def test_evidence_of_the_customer_is_masked_and_short() -> None:
    state = opened("accept", "calm")
    agent(state, asks=True)
    customer(state, message("号码13812345678" + "啊" * 900, "provide_info", "neutral", 0, complains=False))
    evidence = state.steps_done["clarify"]["evidence"]
    assert "138****5678" in evidence and len(evidence) <= 200


def test_a_second_complaint_in_the_middle_goes_on_with_the_first() -> None:
    state = opened("accept", "calm")
    customer(state, message("还乱扣我钱", "dispute_charge", "disappointed", 1))
    assert (complaint.open_step(state), state.complaint_cause) == ("clarify", "quality")


def test_the_next_complaint_starts_anew_when_the_first_is_done() -> None:
    state = opened(*COMPLAINT_STEPS)
    customer(state, CALM)
    assert complaint.open_step(state) == "thank"
    customer(state, message("账单也多扣了三百", "dispute_charge", "angry", 1.5))
    assert (complaint.open_step(state), state.complaint_cause) == ("accept", "different_yardstick")
    assert complaint.view(state)["done"] == []
    assert agent(state, "resolve") == ["order.resolve_before_clarify", "order.resolve_before_calm"]


@pytest.mark.parametrize(
    ("analysis", "opens"),
    [
        (message(), True),
        (CALM, False),
        (message(complains=False), False),  # upset about a fault, nothing worded
        (message("我要投诉", "complain_delay", "anxious", 1, complains=False), True),
        (message("叫经理来", "request_supervisor", "neutral", 0, complains=False), False),
        (message("去消协告你们", "threaten_escalation", "neutral", 0, complains=False, risk=2), True),
        (message("太好了", "thank_praise", "pleased", 2, complains=False), False),
    ],
)
def test_what_opens_a_complaint(analysis: Analysis, opens: bool) -> None:
    state = ConversationState()
    customer(state, analysis)
    assert state.complaint_open is opens


def test_the_stage_only_grows() -> None:
    state, stages = ConversationState(), []
    for step in (
        message(complains=False),
        message(),
        message(intensity=2),
        message("去消协", "threaten_escalation", "angry", 3, risk=2),
        CALM,
    ):
        customer(state, step)
        stages.append(state.complaint_stage)
    assert stages == ["latent_grievance", "open_grievance", "latent_complaint", "complaint", "complaint"]


@RELAXED
@given(st.lists(st.one_of(STEPS, st.sampled_from([CALM, FURIOUS, message()])), max_size=15))
def test_the_open_step_is_always_the_first_one_missing(lines: list[list[str] | Analysis]) -> None:
    state = ConversationState()
    for line in lines:
        if isinstance(line, Analysis):
            customer(state, line)
        else:
            agent(state, *line)
    view = complaint.view(state)
    assert view["step"] == ("none" if not state.complaint_open else (view["missing"] or ["thank"])[0])
    assert set(view["missing"]) | {d["step"] for d in view["done"]} <= set(COMPLAINT_STEPS)
    assert len(state.warnings) <= 6
