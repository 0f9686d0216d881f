"""Six overrides of Rasa 3.6 (which is final), each measured, each tested in tests/component/test_overrides.py.

1. ``EndpointConfig.request``: an address ``inprocess://actions`` runs the actions in this process. A remote address
   goes over HTTP as before.
2. ``RemoteAction._validate_action_result``: Rasa re-checks the JSON *schema of the schema* for every action response
   (14 ms); ours checks the response itself, with a compiled validator.
3. ``RulePolicy._rule_key_to_state`` and ``_get_possible_keys``: every rule key is parsed and matched anew for every
   prediction; the parsed form is kept, and which rules fit the newest states, since situations recur. And every
   prediction is tried on the text first (``_find_action_from_rules``), though no rule here is about a text.
4. ``Domain.states_for_tracker_history``: for one message the same past is turned into states seven times, each time
   copying every slot for every past turn; the states are kept until the tracker gets another event.

5. ``DaskGraphRunner.run``: dask plans the graph anew for every run; ours runs the same nodes in an order found once.
6. ``RemoteAction._action_call_format``: every action call ships every event; an action in this process gets slots and
   the latest message, which is all that ours read. A remote server still gets everything.

``install`` is called by the tracker store that endpoints.yml names, so that ``rasa run``, ``rasa shell`` and
``python -m bot`` behave alike. Nothing happens at import.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import rasa
from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

SCHEME = "inprocess:"
MAX_SITUATIONS = 20_000
_INSTALLED = "_service_assist_overrides"
_LISTEN = {"event": "followup", "timestamp": None, "name": "action_listen"}
_STATES = "_service_assist_states"


@lru_cache(maxsize=1)
def action_executor() -> Any:
    """rasa-sdk's executor with the actions of the ``actions`` package."""
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


async def run_in_process(json_body: dict[str, Any]) -> Any:
    """Run one action call (the JSON an action server would get) in this process.

    Raises:
        ClientResponseError: with status 400 when the action rejects to run, as a server would answer.
    """
    from rasa_sdk.interfaces import ActionExecutionRejection

    try:
        return await action_executor().run(json_body)
    except ActionExecutionRejection as error:
        body = json.dumps({"error": str(error), "action_name": error.action_name})
        raise ClientResponseError(400, "action rejected", body) from error


@lru_cache(maxsize=1)
def _response_validator() -> Draft7Validator:
    return Draft7Validator(RemoteAction.action_response_format_spec())


def _validate(_: RemoteAction, result: dict[str, Any]) -> bool:
    """Our own actions answer with slot events and one card: seen at a glance. Anything else is validated in full."""
    events, responses = (
        (result.get("events"), result.get("responses")) if isinstance(result, dict) else (0, 0)
    )
    at_a_glance = (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(_is_slot_event(event) or event == _LISTEN for event in events)
        and all(isinstance(response, dict) for response in responses)
    )
    if not at_a_glance:
        _response_validator().validate(result)
    return True


def _is_slot_event(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.keys() == {"event", "timestamp", "name", "value"}
        and event["event"] == "slot"
        and isinstance(event["name"], str)
        and (event["timestamp"] is None or isinstance(event["timestamp"], float))
    )


def _in_process(endpoint: EndpointConfig | None) -> bool:
    return endpoint is not None and (endpoint.url or "").startswith(SCHEME)


def _run_graph(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """``DaskGraphRunner.run`` without dask: each node that the targets need, once, after the nodes it needs."""
    wanted = tuple(targets or self._graph_schema.target_names)
    plans: dict[tuple[str, ...], list[tuple[str, list[str]]]] = self.__dict__.setdefault("_plans", {})
    if wanted not in plans:
        plans[wanted] = _plan(self, wanted)
    results: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
    for name, needs in plans[wanted]:
        results[name] = self._instantiated_nodes[name](*(results[need] for need in needs))
    return dict(results[name] for name in wanted)


def _plan(runner: DaskGraphRunner, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    nodes = runner._graph_schema.minimal_graph_schema(list(targets)).nodes
    order: dict[str, list[str]] = {}

    def visit(name: str) -> None:
        if name in order or name not in nodes:  # already planned, or an input
            return
        needs = list(nodes[name].needs.values())
        for need in needs:
            visit(need)
        order[name] = needs

    for target in targets:
        visit(target)
    return list(order.items())


class _KeptStates(NamedTuple):
    domain: Domain
    latest: Any
    length: int
    states: dict[str, list[State]]


def install() -> None:
    """Put the overrides in place, once for each process."""
    if getattr(EndpointConfig, _INSTALLED, False):
        return
    over_http = EndpointConfig.request

    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        if _in_process(self):
            return await run_in_process(kwargs["json"])
        return await over_http(self, *args, **kwargs)

    parse_key = RulePolicy._rule_key_to_state

    @lru_cache(maxsize=20_000)
    def parsed(rule_key: str) -> Any:
        return parse_key(rule_key)

    match_rules = RulePolicy._get_possible_keys

    def possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
        kept: dict[Any, tuple[dict[str, str], frozenset[str]]] = self.__dict__.setdefault("_kept_keys", {})
        if len(kept) > MAX_SITUATIONS:
            kept.clear()
        # a rule looks back no further than its own length
        reach = 1 + max((len(self._rule_key_to_state(key)) for key in lookup), default=0)
        key = (id(lookup), min(len(states), reach), repr(states[-reach:]))
        found = kept.get(key)
        if found is None or found[0] is not lookup:
            found = kept[key] = (lookup, frozenset(match_rules(self, lookup, states)))
        return set(found[1])

    find_action = RulePolicy._find_action_from_rules

    def find_by_intent(
        self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[Any, Any, bool]:
        if use_text_for_last_user_input and not any('"text"' in key for key in self.lookup["rules"]):
            return None, None, False
        found: tuple[Any, Any, bool] = find_action(self, tracker, domain, use_text_for_last_user_input)
        return found

    RulePolicy._find_action_from_rules = find_by_intent
    RulePolicy._get_possible_keys = possible_keys
    compute_states = Domain.states_for_tracker_history

    def states(self: Domain, tracker: DialogueStateTracker, *args: Any, **kwargs: Any) -> list[State]:
        latest = tracker.events[-1] if tracker.events else None
        kept: _KeptStates | None = getattr(tracker, _STATES, None)
        if (
            kept is None
            or kept.domain is not self
            or kept.latest is not latest
            or kept.length != len(tracker.events)
        ):
            kept = _KeptStates(self, latest, len(tracker.events), {})
            setattr(tracker, _STATES, kept)
        key = repr((args, kwargs))
        if key not in kept.states:
            kept.states[key] = compute_states(self, tracker, *args, **kwargs)
        # the policies change the states they get
        return [{part: dict(features) for part, features in state.items()} for state in kept.states[key]]

    call_format = RemoteAction._action_call_format

    def without_events(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        if not _in_process(self.action_endpoint):
            return dict(call_format(self, tracker, domain))
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": {**tracker.current_state(), "events": []},
            "version": rasa.__version__,
            "domain": {},
        }

    DaskGraphRunner.run = _run_graph
    RemoteAction._action_call_format = without_events
    Domain.states_for_tracker_history = states
    EndpointConfig.request = request
    RemoteAction._validate_action_result = _validate
    RulePolicy._rule_key_to_state = staticmethod(parsed)
    setattr(EndpointConfig, _INSTALLED, True)


__all__ = ["SCHEME", "action_executor", "install", "run_in_process"]
