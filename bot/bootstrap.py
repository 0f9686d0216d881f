"""The composition root: the only place that builds engines, services and clients."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.config import ROOT, Settings, settings
from bot.core.content import Content
from bot.core.errors import AssistError
from bot.knowledge.checked import load_checked
from bot.services.assist import AssistService
from bot.services.ports import ConversationRepository

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from sqlalchemy.engine import Engine

    from bot.engine.conversation import ConversationEngine

FEEDBACK_SECONDS = 30.0
"""How long learned counts are reused before the database is asked again."""


@lru_cache(maxsize=1)
def content() -> Content:
    """The service content of this process. Raises ``ContentError`` listing every fault."""
    return load_checked(settings().content_path, ROOT / "var")


@lru_cache(maxsize=4)
def database(database_url: str) -> Engine:
    """The engine of a database brought up to date; one for each URL."""
    from bot.storage.database import create_database_engine
    from bot.storage.migrate import upgrade_engine

    engine = create_database_engine(database_url)
    upgrade_engine(engine)
    return engine


@lru_cache(maxsize=4)
def repository(database_url: str) -> ConversationRepository:
    """The conversation repository on :func:`database`."""
    from bot.storage.repository import SqlConversationRepository

    return SqlConversationRepository(database(database_url))


def _cached_feedback(database_url: str) -> Callable[[], dict[str, tuple[int, int, int]]]:
    state: dict[str, Any] = {"at": float("-inf"), "counts": {}}

    def counts() -> dict[str, tuple[int, int, int]]:
        now = time.monotonic()
        if now - state["at"] > FEEDBACK_SECONDS:
            state.update(at=now, counts=dict(repository(database_url).feedback_counts()))
        found: dict[str, tuple[int, int, int]] = state["counts"]
        return found

    return counts


@lru_cache(maxsize=1)
def assist_service() -> AssistService:
    """The assist service of this process, shared by the actions and the engine."""
    from opencc import OpenCC

    return AssistService(
        content(),
        to_traditional=OpenCC("s2t").convert,
        to_simplified=OpenCC("t2s").convert,
        feedback=_cached_feedback(settings().database_url),
    )


def load_agent(chosen: Settings) -> Agent:
    """A Rasa agent with the trained model, our tracker store and the configured action endpoint.

    Raises:
        AssistError: when there is no model, or it cannot be loaded.
    """
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    from bot.engine.model import find_model
    from bot.engine.tracker_store import AssistTrackerStore

    store = AssistTrackerStore(engine=database(chosen.database_url))
    endpoint = EndpointConfig(url=chosen.action_url, enable_selective_domain=True)
    agent = Agent.load(str(find_model(Path(chosen.model_dir))), tracker_store=store, action_endpoint=endpoint)
    if agent.processor is None:
        raise AssistError(f"the model in {chosen.model_dir} could not be loaded")
    return agent


def build_engine(agent: Agent, chosen: Settings | None = None) -> ConversationEngine:
    """The conversation engine around a loaded Rasa agent.

    Rasa wraps a tracker store so that a failing database is replaced by memory in silence; the wrapper is taken off,
    so that a failing database is an error the caller sees.
    """
    from rasa.core.tracker_store import FailSafeTrackerStore
    from threadpoolctl import threadpool_limits

    from bot.engine.conversation import ConversationEngine

    # One message is too little work for several BLAS threads: they would only spin beside the next conversation.
    threadpool_limits(1)
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore) and agent.processor is not None:
        agent.tracker_store = agent.processor.tracker_store = store._tracker_store
    return ConversationEngine(agent, assist_service(), repository((chosen or settings()).database_url))
