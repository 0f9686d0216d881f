"""Errors of the surfaces, and how every error of the project is told to a client."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from bot.core.errors import AssistError, InputError, UnknownConversation, UnknownSuggestion

__all__ = [
    "AuthError",
    "ConfigError",
    "ForbiddenError",
    "Problem",
    "TooLongError",
    "UnavailableError",
    "UnknownConversation",
    "problem_of",
]

logger = logging.getLogger(__name__)


class ConfigError(AssistError):
    """A channel cannot start with the credentials it was given."""


class AuthError(AssistError):
    """Nobody we know is asking. Never says why a token was refused: that would help to forge one."""

    def __init__(self, message: str = "a valid token is required") -> None:
        super().__init__(message)


class ForbiddenError(AssistError):
    """The caller is known, but must not see this conversation."""


class UnavailableError(AssistError):
    """The engine is not there (yet): no model is loaded."""


class TooLongError(InputError):
    """A text beyond the limit of the wire format."""


@dataclass(frozen=True)
class Problem:
    """An error as a client sees it: HTTP status, a stable code, a sentence, the field at fault."""

    status: int
    code: str
    message: str
    field: str | None = None

    def body(self, *, with_status: bool = False) -> dict[str, Any]:
        """The JSON body; a socket has no status line, so there the status goes inside."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        if with_status:
            error["status"] = self.status
        return {"error": error}


def problem_of(error: Exception) -> Problem:
    """The client's view of an exception; what is not the caller's doing is logged here with its traceback."""
    if isinstance(error, AuthError):
        return Problem(401, "unauthorized", str(error))
    if isinstance(error, ForbiddenError):
        return Problem(403, "forbidden", str(error))
    if isinstance(error, UnknownConversation):
        return Problem(404, "unknown_conversation", "no such conversation")
    if isinstance(error, UnknownSuggestion):
        return Problem(404, "unknown_suggestion", "this conversation has no such suggestion")
    if isinstance(error, TooLongError):
        return Problem(413, "too_long", error.message, error.field)
    if isinstance(error, InputError):
        return Problem(400, "bad_request", error.message, error.field)
    if isinstance(error, AssistError):
        # What is left of our own errors: no database, no model, no answer from the action server.
        logger.error("sidebar: not available: %s", error, exc_info=error)
        return Problem(503, "unavailable", "the service is not available at the moment, please try again")
    logger.error("sidebar: request failed", exc_info=error)
    return Problem(500, "internal", "something went wrong on our side")
