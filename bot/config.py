"""All settings, read once from the environment. docs/settings.md lists every one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bot.core.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET = 32


@dataclass(frozen=True)
class Settings:
    """Typed settings. ``meta['env']`` names the variable, ``meta['help']`` says what it does."""

    database_url: str = field(
        default="sqlite:///var/assist.db",
        metadata={"env": "ASSIST_DATABASE_URL", "help": "SQLAlchemy URL of the one database"},
    )
    secret: str = field(
        default="",
        metadata={"env": "ASSIST_SECRET", "help": "key that signs agent tokens, at least 32 characters"},
    )
    model_dir: str = field(
        default="models",
        metadata={"env": "ASSIST_MODEL_DIR", "help": "folder with the trained Rasa model"},
    )
    content_dir: str = field(
        default="",
        metadata={
            "env": "ASSIST_CONTENT_DIR",
            "help": "folder with the service content; empty = the one shipped",
        },
    )
    host: str = field(
        default="127.0.0.1", metadata={"env": "ASSIST_HOST", "help": "address the server listens on"}
    )
    port: int = field(default=5005, metadata={"env": "ASSIST_PORT", "help": "port the server listens on"})
    action_url: str = field(
        default="inprocess://actions",
        metadata={
            "env": "ASSIST_ACTION_URL",
            "help": "action server of `python -m bot`; http://… for a remote one",
        },
    )

    @property
    def content_path(self) -> Path:
        """Where the content is read from."""
        return Path(self.content_dir) if self.content_dir else ROOT / "bot" / "knowledge" / "zh"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from a mapping of environment variables.

    Raises:
        InputError: naming the variable that cannot be used.
    """
    values: dict[str, object] = {}
    for name, spec in Settings.__dataclass_fields__.items():
        variable = spec.metadata["env"]
        if variable not in environ:
            continue
        raw = environ[variable]
        if name == "port":
            if not (raw.isascii() and raw.isdecimal() and len(raw) <= 5 and 0 < int(raw) < 65536):
                raise InputError(variable, f"must be a port number, not {raw!r}")
            values[name] = int(raw)
        else:
            values[name] = raw
    settings = Settings(**values)  # type: ignore[arg-type]  # built from the fields above
    if settings.secret and len(settings.secret) < MIN_SECRET:
        raise InputError("ASSIST_SECRET", f"must have at least {MIN_SECRET} characters")
    return settings


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings."""
    return read_settings(os.environ)
