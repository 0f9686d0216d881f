"""The training data in the repository."""

from __future__ import annotations

from bot.cli.data import token_spans
from bot.config import ROOT
from bot.knowledge.training_data.lint import lint


def test_the_training_data_holds() -> None:
    assert not list(map(str, lint(ROOT, token_spans).problems))
