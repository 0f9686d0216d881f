"""Finding the trained model, with an error that says what to do when there is none."""

from __future__ import annotations

from pathlib import Path

from bot.core.errors import AssistError


def find_model(folder: Path) -> Path:
    """The newest model file in ``folder`` (or ``folder`` itself when it is a file).

    Raises:
        AssistError: when there is none.
    """
    if folder.is_file():
        return folder
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise AssistError(f"no trained model in {folder.resolve()}: run `make train` (two to three minutes)")
    return models[-1]
