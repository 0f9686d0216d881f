"""``python -m bot token``: a token for an agent."""

from __future__ import annotations

import time

from bot.channels.auth import issue_token
from bot.config import settings
from bot.core.errors import InputError


def issue(agent: str, conversations: list[str], role: str, hours: float) -> str:
    """A signed token. Raises ``InputError`` when no secret is set."""
    secret = settings().secret
    if not secret:
        raise InputError("ASSIST_SECRET", "is not set: tokens cannot be signed")
    return issue_token(
        secret,
        subject=agent,
        role=role,
        conversations=conversations,
        ttl_s=int(hours * 3600),
        now=time.time(),
    )
