"""``python -m bot data``: does the NLU training data hold, and how is it spread."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.config import ROOT
from bot.core.labels import EMOTIONS, INTENTS
from bot.knowledge.training_data.lint import Report, lint

if TYPE_CHECKING:
    from bot.nlu.tokenizer import SpacyZhTokenizer

_Label = TypeVar("_Label", str, int)


def check_data(root: Path = ROOT) -> int:
    """0 when the data holds, else 1 with every fault on stderr; warnings go there too."""
    report = lint(root, token_spans)
    for warning in report.warnings:
        print(f"{warning.path}:{warning.line}: warning: {warning.message}", file=sys.stderr)
    if report.problems:
        print("\n".join(map(str, report.problems)), file=sys.stderr)
        print(f"{len(report.problems)} problem(s)", file=sys.stderr)
        return 1
    print(summary(report))
    return 0


def summary(report: Report) -> str:
    """Messages, counts by label, shares by length and style."""
    balance = report.balance
    files = len({example.path for example in report.examples})
    return "\n".join(
        (
            f"training data holds: {len(report.examples):,} messages in {files} files, "
            f"{report.near_duplicates} nearly the same, {report.annotated or 'none'} with entity annotations",
            f"  intents    {_counts(balance.intents, INTENTS)}",
            f"  emotions   {_counts(balance.emotions, EMOTIONS)}",
            f"  complaint  {_counts(balance.complaints, (0, 1))}",
            f"  risk       {_counts(balance.risks, (0, 1, 2))}",
            f"  characters {_shares(balance.lengths)}",
            f"  style      {_shares(balance.styles)}",
        )
    )


def token_spans(text: str) -> Collection[tuple[int, int]]:
    """The tokens of a text as the model sees them. Loads Rasa, so only annotated examples ask."""
    from rasa.shared.nlu.constants import TEXT
    from rasa.shared.nlu.training_data.message import Message

    message = Message({TEXT: text})
    return [(token.start, token.end) for token in _tokenizer().tokenize(message, TEXT)]


@lru_cache(maxsize=1)
def _tokenizer() -> SpacyZhTokenizer:
    from bot.nlu.tokenizer import SpacyZhTokenizer

    return SpacyZhTokenizer(SpacyZhTokenizer.get_default_config())


def _counts(counts: Mapping[_Label, int], order: Collection[_Label]) -> str:
    return ", ".join(f"{label} {counts.get(label, 0):,}" for label in order)


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
