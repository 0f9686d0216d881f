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
from bot.core.analysis import analysis_from_parse
from bot.core.conversation import ConversationState
from bot.core.labels import UNDETERMINED
from bot.knowledge.loader import load_content
from bot.services.assist import AssistService
from bot.services.review import record_agent_line
from eval.messages import Dialogue, EvalError, Labelled
from eval.results import Guess
from eval.scores import Answered, Reading

CHANNEL = "sidebar"


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
        """Read the messages one by one, on one thread as the server does. The first is read twice: it warms up."""
        readings: list[Reading] = []
        spent: list[float] = []
        with threadpool_limits(1):
            for message in [*messages[:1], *messages]:
                began = time.perf_counter()
                parse = self.parse(message.text, message.agent)
                spent.append((time.perf_counter() - began) * 1000)
                readings.append(reading_of(parse))
        return Answered(tuple(readings[1:]), tuple(spent[1:]))


def reading_of(parse: Mapping[str, Any]) -> Reading:
    """The reading in parse data of Rasa; tasks that the pipeline does not read are missing.

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


def guess_personalities(reader: ModelReader, dialogues: Sequence[Dialogue]) -> list[Guess]:
    """Play the conversations whose personality is known through the services, as the actions and the engine do."""
    service = AssistService(load_content(settings().content_path, check=False))
    return [_guess(reader, service, dialogue) for dialogue in dialogues if dialogue.personality]


def _guess(reader: ModelReader, service: AssistService, dialogue: Dialogue) -> Guess:
    state = ConversationState()
    for number, (sender, text) in enumerate(dialogue.turns):
        if not text.strip():
            continue
        if sender == "customer":
            analysis = analysis_from_parse(reader.parse(text, state.last_agent_line))
            service.triage(state, analysis, f"m{number}")
        else:
            record_agent_line(service.content, state, text, message_id=f"m{number}")
    who = service.personality_of(state)
    return Guess(dialogue.id, dialogue.personality, who.type or UNDETERMINED, who.confidence)
