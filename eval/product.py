"""Reading with the product: the trained model through Rasa as the engine asks it, and whole conversations."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException
from threadpoolctl import threadpool_limits

from bot.bootstrap import load_agent
from bot.config import settings
from bot.core.analysis import Analysis, analysis_from_parse
from bot.core.conversation import ConversationState
from bot.knowledge.loader import load_content
from bot.services.assist import AssistService
from bot.services.review import record_agent_line
from eval.messages import CUSTOMER, Dialogue, EvalError, Labelled, Turns
from eval.results import Guess
from eval.scores import Answered, Reading

CHANNEL = "sidebar"
ANY_STEP = "explore"
"""The card's analysis is the same at every step of the procedure."""


class ModelReader:
    """A trained model file, asked as the conversation engine asks it."""

    def __init__(self, model: Path) -> None:
        """Load it. Raises :class:`EvalError` when the code has moved on since it was trained."""
        chosen = replace(settings(), database_url="sqlite://", model_dir=str(model))
        try:
            self._processor: Any = load_agent(chosen).processor
        except RasaException as error:
            raise EvalError(f"{model} does not fit the code (run `make train`): {error}") from error
        self._loop = asyncio.new_event_loop()

    def parse(self, text: str, agent: str) -> dict[str, Any]:
        """What the NLU reads in ``text``, said after the agent's line ``agent``."""
        if text.startswith("/"):  # as the engine does: a customer's slash is no intent shorthand
            text = f"／{text[1:]}"
        message = UserMessage(text, input_channel=CHANNEL, metadata={"agent": agent})
        return dict(self._loop.run_until_complete(self._processor.parse_message(message)))

    def answer(self, messages: Sequence[Labelled]) -> Answered:
        """Read each message alone, knowing only the agent's line before it, on one thread as the server does.

        The first is read twice: it warms up.
        """
        readings: list[Reading] = []
        spent: list[float] = []
        with threadpool_limits(1):
            for message in [*messages[:1], *messages]:
                began = time.perf_counter()
                parse = self.parse(message.text, message.agent)
                spent.append((time.perf_counter() - began) * 1000)
                readings.append(reading_of(parse))
        return Answered(tuple(readings[1:]), tuple(spent[1:]))


class Player:
    """Plays conversations through the services, as the engine and the actions do."""

    def __init__(self, reader: ModelReader) -> None:
        self._reader = reader
        # Content that is being edited may fail its checks; what is read does not depend on them.
        self._service = AssistService(load_content(settings().content_path, check=False))

    def read(self, message: Labelled) -> Reading:
        """The reading on the card of a message, said at the end of its conversation."""
        state = self._play(message.earlier)
        analysis = self._hear(state, message.text, message.id)
        card = self._service.card(
            state, analysis, step=ANY_STEP, conversation_id=message.id, message_id=message.id
        )
        view = card["analysis"]
        return reading_of({**view, "intent_ranking": view["intent"]["ranking"]})

    def guess(self, dialogue: Dialogue) -> Guess:
        """The personality at the end of a conversation."""
        who = self._service.personality_of(self._play(dialogue.turns))
        return Guess(dialogue.id, dialogue.personality, who.type, who.confidence)

    def _play(self, turns: Turns) -> ConversationState:
        state = ConversationState()
        for number, (sender, text) in enumerate(turns):
            if not text.strip():
                continue
            if sender == CUSTOMER:
                self._hear(state, text, f"m{number}")
            else:
                record_agent_line(self._service.content, state, text, message_id=f"m{number}")
        return state

    def _hear(self, state: ConversationState, text: str, message_id: str) -> Analysis:
        """Take a customer's line into the state."""
        analysis = analysis_from_parse(self._reader.parse(text, state.last_agent_line))
        self._service.triage(state, analysis, message_id)
        return analysis


def reading_of(parse: Mapping[str, Any]) -> Reading:
    """The reading in parse data of Rasa or in the analysis of a card; tasks that the pipeline does not read are missing.

    Raises:
        EvalError: for parse data without an intent.
    """
    if not parse.get("intent"):
        raise EvalError("the model reads no intent: train it again")
    found = {"intent": _best_first(parse["intent"], parse.get("intent_ranking") or ())}
    if parse.get("emotion"):
        found["emotion"] = _best_first(parse["emotion"], parse["emotion"].get("ranking") or ())
    if parse.get("is_complaint") is not None:
        found["complaint"] = [(str(int(parse["is_complaint"])), math.nan)]
    if parse.get("risk"):
        found["risk"] = [(str(parse["risk"]["level"]), math.nan)]
    return found


def _best_first(best: Mapping[str, Any], ranking: Sequence[Mapping[str, Any]]) -> list[tuple[str, float]]:
    """The published label with its confidence, then the rest of the ranking."""
    rest = [item for item in ranking if item["name"] != best["name"]]
    return [(str(item["name"]), float(item["confidence"])) for item in (best, *rest)]
