"""The one error root of the project."""

from __future__ import annotations


class AssistError(Exception):
    """Root of every error this project raises on purpose; its text is fit to be shown to an operator."""


class InputError(AssistError):
    """A value from outside that cannot be used; ``field`` names it, ``message`` says what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class StorageError(AssistError):
    """The database cannot be used: unreachable, read-only, full, not migrated or newer than the program."""


class UnknownConversation(AssistError):
    """No line of this conversation was ever recorded."""


class UnknownSuggestion(AssistError):
    """The conversation never had a suggestion with this id."""


class NoCard(AssistError):
    """A customer's line was stored, but no card could be made for it; sending it again tries again."""
