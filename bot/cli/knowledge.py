"""``python -m bot knowledge``: is the content whole, and where is it thin."""

from __future__ import annotations

import sys

from bot.config import settings
from bot.core.labels import NEUTRAL, PARTS, PERSONALITIES, STEPS
from bot.knowledge.loader import load_content
from bot.knowledge.reader import ContentError


def check_content() -> int:
    """0 when the content holds, else 1 with every fault on stderr."""
    try:
        content = load_content(settings().content_path)
    except ContentError as error:
        print("\n".join(map(str, error.problems)), file=sys.stderr)
        print(f"{len(error.problems)} problem(s)", file=sys.stderr)
        return 1
    signals = sum(map(len, content.signals.values()))
    print(
        f"content holds: {len(content.phrases)} phrases, {len(content.plans)} plans, "
        f"{len(content.lint_rules)} draft rules, {signals} signals"
    )
    return 0


def coverage() -> int:
    """Print phrases by part × step, and by part × personality; empty cells stand out."""
    from rich.console import Console
    from rich.table import Table

    content = load_content(settings().content_path)
    console = Console()
    for title, columns, field in (
        ("每个部分 × 步骤（含通用）", STEPS, "steps"),
        ("每个部分 × 性格（含通用）", (*PERSONALITIES, NEUTRAL), "personalities"),
    ):
        table = Table(title=title)
        table.add_column("part")
        for column in columns:
            table.add_column(column, justify="right")
        for part in PARTS:
            phrases = content.phrases_of.get(("", part), ())
            counts = [
                sum(not getattr(p, field) or column in getattr(p, field) for p in phrases)
                for column in columns
            ]
            table.add_row(part, *(f"[red]{n}[/]" if n == 0 else str(n) for n in counts))
        console.print(table)
    return 0
