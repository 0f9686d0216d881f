"""``python -m bot check``: drafts in, findings and empathy level out; no Rasa, starts at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from bot.bootstrap import content
from bot.cli.lines import answer_lines, text_field
from bot.core.conversation import ConversationState, Turn
from bot.core.draft_lint import MAX_DRAFT
from bot.core.errors import InputError
from bot.core.labels import EMOTIONS
from bot.services.review import draft_view, review_draft


def check_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Findings for ``{"text": draft, "customer_text"?: what it answers, "emotion"?: the customer's}``."""
    text = text_field(line, "text") or ""
    if len(text) > MAX_DRAFT:
        raise InputError("text", f"must have at most {MAX_DRAFT:,} characters")
    customer = text_field(line, "customer_text", required=False)
    emotion = text_field(line, "emotion", required=False) or "neutral"
    if emotion not in EMOTIONS:
        raise InputError("emotion", f"must be one of {', '.join(EMOTIONS)}")
    state = ConversationState()
    if customer or emotion != "neutral":
        state.add_turn(
            Turn("customer", customer or "", "", emotion=emotion, intensity=float(emotion != "neutral"))
        )
    return draft_view(*review_draft(content(), text, state), content())


def run_jsonl(source: IO[bytes], target: IO[str]) -> int:
    """Stream JSON lines. Returns the exit status."""
    content()
    return answer_lines(source, target, check_line)


def run_interactive() -> int:
    """Type a draft, read what to mind."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    content()
    console.print("输入要发给客户的话，回车检查；Ctrl-D 结束。")
    while True:
        try:
            draft = console.input("[bold cyan]草稿：[/bold cyan]").strip()
        except (EOFError, KeyboardInterrupt):
            return 0
        if not draft:
            continue
        answer = check_line({"text": draft})
        console.print(
            f"  同理心 {answer['empathy_level']}  " + "；".join(m["text"] for m in answer["missing"])
        )
        for finding in answer["findings"]:
            console.print(
                f"  [red]「{escape(finding['text'])}」[/] {escape(finding['why'])} → {escape(finding['suggestion'])}"
            )
