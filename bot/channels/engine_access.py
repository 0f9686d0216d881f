"""Where a running server's surfaces find the engine: one for all of them, on ``app.ctx.engine``."""

from __future__ import annotations

import logging
from typing import cast

from sanic import Sanic

from bot.channels.errors import UnavailableError
from bot.channels.handlers import Engine
from bot.core.errors import AssistError

logger = logging.getLogger(__name__)


def engine_of(app: Sanic) -> Engine:
    """The engine of a running server, built at its first use and again for a newly loaded model.

    Raises:
        UnavailableError: Rasa has no model (yet).
        AssistError: the engine cannot be built: the content is faulty, the database is away.
    """
    engine = getattr(app.ctx, "engine", None)
    agent = getattr(app.ctx, "agent", None)
    if engine is not None and getattr(app.ctx, "engine_agent", agent) is agent:
        return cast(Engine, engine)
    if agent is None or not agent.is_ready():
        raise UnavailableError("no model is loaded")
    from bot.bootstrap import build_engine  # late: it imports the whole assistant

    app.ctx.engine, app.ctx.engine_agent = build_engine(agent), agent
    return cast(Engine, app.ctx.engine)


async def warm_up(app: Sanic) -> None:
    """Build the engine before the first customer waits for it; a failure is logged and met again then."""
    try:
        warm = getattr(engine_of(app), "warm_up", None)
        if warm is not None:
            await warm()
    except UnavailableError:
        logger.warning("sidebar: no model is loaded yet; lines are refused until there is one")
    except AssistError as error:
        logger.error("sidebar: the engine cannot be built yet: %s", error)
