"""The overrides of Rasa in bot/engine/overrides.py: quicker, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from jsonschema import ValidationError
from rasa.core.actions.action import ActionExecutionRejection as RasaRejection
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk import Action
from rasa_sdk.events import SlotSet as SdkSlotSet
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.engine import overrides

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet, urge]
slots:
  mood: {type: categorical, values: [easy, heated], influence_conversation: true, mappings: [{type: custom}]}
actions: [action_echo, action_refuse]
"""
)


class Echo(Action):
    """Says the customer's words back and sets a slot."""

    def name(self) -> str:
        return "action_echo"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(json_message={"assist_card": {"said": tracker.latest_message["text"]}})
        return [SdkSlotSet("mood", "heated")]


class Refuse(Action):
    def name(self) -> str:
        return "action_refuse"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        raise ActionExecutionRejection(self.name(), "not now")


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> ActionExecutor:
    """The overrides in place, with the two actions above instead of the product's."""
    overrides.install()
    executor = ActionExecutor()
    for action in (Echo, Refuse):
        executor.register_action(action)
    monkeypatch.setattr(overrides, "action_executor", lambda: executor)
    return executor


def tracker_of(*events: Event) -> DialogueStateTracker:
    tracker = DialogueStateTracker("c1", DOMAIN.slots)
    for event in events:
        tracker.update(event, DOMAIN)
    return tracker


def said(text: str, intent: str = "greet") -> UserUttered:
    return UserUttered(text, {"name": intent, "confidence": 1.0})


async def run_action(name: str, url: str = "inprocess://actions") -> list[Event]:
    domain_free = EndpointConfig(url=url, enable_selective_domain=True)
    nlg, channel = TemplatedNaturalLanguageGenerator({}), CollectingOutputChannel()
    return await RemoteAction(name, domain_free).run(channel, nlg, tracker_of(said("断线了")), DOMAIN)


@pytest.fixture
async def action_server(executor: ActionExecutor) -> Any:
    """A real action server on loopback; ``calls`` counts its requests."""
    calls: list[dict[str, Any]] = []

    async def webhook(request: web.Request) -> web.Response:
        calls.append(await request.json())
        return web.json_response(await executor.run(calls[-1]))

    app = web.Application()
    app.router.add_post("/webhook", webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    yield f"http://127.0.0.1:{port}/webhook", calls
    await runner.cleanup()


# ---- 1 the action endpoint ----


async def test_an_action_runs_in_this_process(executor: ActionExecutor) -> None:
    utterance, slot = await run_action("action_echo")
    assert isinstance(utterance, BotUttered) and utterance.data["custom"] == {
        "assist_card": {"said": "断线了"}
    }
    assert isinstance(slot, SlotSet) and (slot.key, slot.value) == ("mood", "heated")


async def test_a_remote_address_goes_over_http_with_the_same_result(action_server: Any) -> None:
    address, calls = action_server
    remote = await run_action("action_echo", address)
    assert len(calls) == 1 and calls[0]["next_action"] == "action_echo"
    assert [e.fingerprint() for e in remote] == [e.fingerprint() for e in await run_action("action_echo")]
    assert len(calls) == 1, "the address in this process made no request"


async def test_a_rejection_is_what_a_server_would_answer(executor: ActionExecutor) -> None:
    with pytest.raises(RasaRejection) as caught:
        await run_action("action_refuse")
    assert caught.value.action_name == "action_refuse"
    with pytest.raises(ClientResponseError) as raw:
        await overrides.run_in_process(
            {"next_action": "action_refuse", "sender_id": "c1", "tracker": {"sender_id": "c1", "slots": {}}}
        )
    assert raw.value.status == 400 and json.loads(raw.value.text)["action_name"] == "action_refuse"


async def test_an_unknown_action_is_an_error(executor: ActionExecutor) -> None:
    with pytest.raises(Exception, match="action_unknown"):
        await run_action("action_unknown")


def test_the_products_actions_are_those_of_the_domain() -> None:
    actions = overrides.action_executor().actions
    registered = {
        name for name, run in actions.items() if type(run.__self__).__module__.startswith("actions.")
    }
    declared = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"])
    assert registered - {"action_"} == declared  # "action_" is the base class of the cards


# ---- 2 the response's validation ----

SLOT = {"event": "slot", "name": "mood", "value": "easy", "timestamp": None}


@pytest.mark.parametrize(
    "response",
    [
        {"events": [], "responses": []},
        {"events": [SLOT], "responses": [{"custom": {"assist_card": {}}}]},
        {"events": [SLOT, {"event": "followup", "name": "action_listen"}], "responses": []},
        {"events": [{"event": "bot", "text": "您好"}], "responses": [{"text": "您好"}]},
        {},
    ],
)
def test_a_good_response_passes(executor: ActionExecutor, response: dict[str, Any]) -> None:
    assert RemoteAction("action_echo", None)._validate_action_result(response)


@pytest.mark.parametrize(
    "response",
    [
        {"events": {}, "responses": []},
        {"events": None, "responses": []},
        {"events": ["slot"], "responses": []},
        {"events": [{}], "responses": []},
        {"events": [{"event": "dance"}], "responses": []},
        {"events": [{"event": "slot", "value": 1}], "responses": []},
        {"events": [{"event": "slot", "name": 7, "value": 1}], "responses": []},
        {"events": [SLOT, {"event": "dance"}], "responses": []},
        {"events": [], "responses": "您好"},
        {"events": [SLOT], "responses": ["您好"]},
        {"events": [SLOT], "responses": None},
        {"events": [{"event": "slot", "name": "mood"}], "responses": []},
        {"events": [{**SLOT, "timestamp": "noon"}], "responses": []},
        {"events": [{**SLOT, "metadata": "x"}], "responses": []},
        None,
        [],
        "ok",
    ],
)
def test_a_bad_response_is_still_rejected(executor: ActionExecutor, response: Any) -> None:
    with pytest.raises(ValidationError):
        RemoteAction("action_echo", None)._validate_action_result(response)


# ---- 3 the rule keys ----


def test_a_rule_key_is_parsed_once(executor: ActionExecutor) -> None:
    key = json.dumps([{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}])
    parsed = RulePolicy._rule_key_to_state(key)
    assert parsed == json.loads(key)
    assert RulePolicy._rule_key_to_state(key) is parsed
    assert RulePolicy._rule_key_to_state(key.replace("greet", "urge")) != parsed


def test_more_rules_than_rasa_keeps_stay_parsed(executor: ActionExecutor) -> None:
    keys = [json.dumps([{"slots": {"step": str(n)}}]) for n in range(3_000)]
    first = [RulePolicy._rule_key_to_state(key) for key in keys]
    assert all(RulePolicy._rule_key_to_state(key) is kept for key, kept in zip(keys, first))


# ---- 4 the states of the past ----

TURNS: list[Event] = [
    ActionExecuted("action_listen"),
    said("在吗"),
    SlotSet("mood", "easy"),
    ActionExecuted("action_echo"),
    ActionExecuted("action_listen"),
    said("快点", "urge"),
    SlotSet("mood", "heated"),
    ActionExecuted("action_refuse"),
]


def fresh_states(tracker: DialogueStateTracker, **options: Any) -> Any:
    """The states of an equal tracker that nothing was kept for."""
    copy = DialogueStateTracker.from_dict("copy", [e.as_dict() for e in tracker.events], DOMAIN.slots)
    return DOMAIN.states_for_tracker_history(copy, **options)


def growing() -> Iterator[DialogueStateTracker]:
    tracker = tracker_of()
    for event in TURNS:
        tracker.update(event, DOMAIN)
        yield tracker


def test_states_follow_every_event(executor: ActionExecutor) -> None:
    lengths = []
    for tracker in growing():
        states = DOMAIN.states_for_tracker_history(tracker)
        assert states == fresh_states(tracker) == DOMAIN.states_for_tracker_history(tracker)
        lengths.append(len(states))
    assert lengths == sorted(lengths) and lengths[-1] > 3
    assert states[-1]["slots"] == {"mood": (0.0, 1.0, 0.0)}


def test_what_a_policy_does_to_its_states_is_not_seen_by_the_next(executor: ActionExecutor) -> None:
    *_, tracker = growing()
    untouched = fresh_states(tracker)
    spoilt = DOMAIN.states_for_tracker_history(tracker)
    del spoilt[-1]["prev_action"]
    spoilt[-1]["slots"]["mood"] = (9.0, 9.0)
    spoilt.pop()
    assert DOMAIN.states_for_tracker_history(tracker) == untouched


def test_options_have_states_of_their_own(executor: ActionExecutor) -> None:
    *_, tracker = growing()
    for options in ({}, {"omit_unset_slots": True}, {"ignore_rule_only_turns": True}, {}):
        assert DOMAIN.states_for_tracker_history(tracker, **options) == fresh_states(tracker, **options)


def test_trackers_do_not_share_states(executor: ActionExecutor) -> None:
    one, other = tracker_of(*TURNS[:4]), tracker_of(*TURNS)
    assert len(DOMAIN.states_for_tracker_history(one)) != len(DOMAIN.states_for_tracker_history(other))


# ---- putting them in place ----


def test_installing_twice_changes_nothing(executor: ActionExecutor) -> None:
    places = [
        lambda: EndpointConfig.request,
        lambda: RemoteAction._validate_action_result,
        lambda: RulePolicy._rule_key_to_state,
        lambda: Domain.states_for_tracker_history,
    ]
    before = [place() for place in places]
    overrides.install()
    assert [place() for place in places] == before
