"""``python -m bot assist``: conversations from the terminal or from a pipe, nothing kept on disk."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Any

from bot.bootstrap import build_engine, load_agent
from bot.cli.lines import answer_lines, text_field
from bot.cli.logs import quiet_logs
from bot.config import settings
from bot.core.errors import AssistError, InputError
from bot.engine.conversation import ConversationEngine

SENDERS = ("customer", "agent")
MEMORY = "sqlite://"


def open_engine() -> ConversationEngine:
    """An engine whose conversations live in memory only."""
    quiet_logs()
    chosen = replace(settings(), database_url=MEMORY)
    return build_engine(load_agent(chosen), chosen)


async def answer_line(engine: ConversationEngine, line: Mapping[str, Any]) -> dict[str, Any]:
    """Card or ``{"reply_review": …}`` for one line of the wire format."""
    conversation_id = text_field(line, "conversation_id") or ""
    sender = text_field(line, "sender")
    if sender not in SENDERS:
        raise InputError("sender", f"must be customer or agent, not {sender!r}")
    text = text_field(line, "text") or ""
    at = text_field(line, "at", required=False)
    message_id = text_field(line, "message_id", required=False)
    if sender == "customer":
        customer = text_field(line, "customer_id", required=False)
        return await engine.customer_line(
            conversation_id, text, customer_id=customer, at=at, message_id=message_id
        )
    return {"reply_review": await engine.agent_line(conversation_id, text, at=at, message_id=message_id)}


def run_jsonl(source: IO[bytes], target: IO[str]) -> int:
    """Stream JSON lines. Returns the exit status."""
    loop = asyncio.new_event_loop()
    counter = itertools.count(1)

    def answer(line: Mapping[str, Any]) -> dict[str, Any]:
        # ids count up, so that the same input gives the same output
        return loop.run_until_complete(answer_line(engine, {"message_id": f"m{next(counter)}", **line}))

    try:
        engine = open_engine()
        return answer_lines(source, target, answer)
    finally:
        loop.close()


def run_interactive() -> int:
    """A dialogue in the terminal: plain lines are the customer's, lines after ``>`` the agent's."""
    from rich.console import Console

    from bot.bootstrap import content
    from bot.cli.card_view import print_card, print_review

    console = Console()
    with console.status("正在载入模型…"):
        engine = open_engine()
    console.print(
        "输入客户的话回车看卡片；以 [bold]>[/bold] 开头是客服发出的话；[bold]1/2/3[/bold] 发送对应建议；Ctrl-D 结束。"
    )
    loop = asyncio.new_event_loop()
    suggestions: list[dict[str, Any]] = []
    while True:
        try:
            typed = console.input("[bold cyan]客户 / >客服：[/bold cyan]").strip()
        except (EOFError, KeyboardInterrupt):
            return 0
        try:
            if typed in ("1", "2", "3") and len(suggestions) >= int(typed):
                chosen = suggestions[int(typed) - 1]
                review = loop.run_until_complete(
                    engine.agent_line("terminal", chosen["text"], suggestion_id=chosen["id"])
                )
                print_review(console, content(), chosen["text"], review)
            elif typed.startswith((">", "＞")):
                review = loop.run_until_complete(engine.agent_line("terminal", typed[1:].strip()))
                print_review(console, content(), typed[1:].strip(), review)
            elif typed:
                card = loop.run_until_complete(engine.customer_line("terminal", typed))
                suggestions = card["suggestions"]
                print_card(console, content(), card)
        except AssistError as error:
            console.print(f"[red]{error}[/red]")
