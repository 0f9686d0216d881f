"""A card and a review as a person reads them in the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from bot.core.content import Content
from bot.core.labels import COMPLAINT_STEPS, MOMENTS

PART_COLOURS = {
    "acknowledge": "magenta",
    "apologize": "magenta",
    "own": "blue",
    "commit": "green",
    "offer": "green",
    "ask_back": "cyan",
}
LEVEL_COLOURS = {"LL": "red", "L": "yellow", "H": "green", "HH": "bold green"}


def print_card(console: Console, content: Content, card: dict[str, Any]) -> None:
    """Analysis, process and the three replies."""
    analysis, process = card["analysis"], card["process"]
    emotion, who = analysis["emotion"], analysis["personality"]
    table = Table.grid(padding=(0, 2))
    unsure = "（没把握）" if analysis["intent"]["unsure"] else ""
    table.add_row(
        "意图",
        f"{content.name('intent', analysis['intent']['name'])} {analysis['intent']['confidence']:.0%}{unsure}",
    )
    if analysis["situation"]:
        table.add_row("情形", f"{analysis['situation']['name']} · {escape(analysis['situation']['need'])}")
    table.add_row(
        "情绪",
        f"{content.name('emotion', emotion['name'])} 强度 {emotion['intensity']:g} · {_trend(emotion['trend'])}",
    )
    table.add_row(
        "性格",
        f"{content.name('personality', who['type'])} "
        + " ".join(f"「{escape(e['text'])}」" for e in who["evidence"][-4:]),
    )
    if analysis["facts"]:
        table.add_row("事实", escape("  ".join(f"{k}={v}" for k, v in analysis["facts"].items())))
    table.add_row("这一步", content.name("step", process["step"]))
    if process["complaint"]["step"] != "none":
        done = {d["step"] for d in process["complaint"]["done"]}
        table.add_row("投诉六步", _progress(content, COMPLAINT_STEPS, done))
    else:
        table.add_row(
            "关键时刻",
            _progress(content, MOMENTS, {e["step"] for e in process["moment_of_truth"]["evidence"]}),
        )
    table.add_row(
        "评分", f"{process['moment_of_truth']['score']:+.1f}   用时 {card['timing_ms']['total']:.1f} ms"
    )
    console.print(Panel(table, title="读到的", border_style="dim"))
    for alert in card["alerts"]:
        colour = {"critical": "bold white on red", "high": "bold red", "warning": "yellow"}.get(
            alert["severity"], "dim"
        )
        console.print(f"[{colour}]{escape(alert['text'])}[/]")
    for number, reply in enumerate(card["suggestions"], start=1):
        level = reply["empathy_level"]
        text = "".join(
            f"[{PART_COLOURS.get(p['kind'], 'white')}]{escape(p['text'])}[/]" for p in reply["parts"]
        )
        console.print(f"[bold]{number}[/] [{LEVEL_COLOURS[level]}]{level}[/] {text}")
        console.print(f"   [dim]{escape(reply['why'])}[/]")


def print_review(console: Console, content: Content, text: str, review: dict[str, Any]) -> None:
    """What a sent line did and what to mind."""
    steps = "、".join(content.name("step", s["step"]) for s in review["steps"]) or "没有推进步骤"
    level = review["empathy_level"]
    console.print(f"[dim]客服：{escape(text)}[/]")
    console.print(
        f"  [{LEVEL_COLOURS[level]}]{level}[/] {steps} · 评分 {review['moment_of_truth']['score']:+.1f}"
    )
    for item in review["missing"]:
        console.print(f"  [yellow]{item['text']}[/]")
    for finding in review["findings"]:
        console.print(
            f"  [red]「{escape(finding['text'])}」[/] {escape(finding['why'])} → {escape(finding['suggestion'])}"
        )
    for warning in review["warnings"]:
        console.print(f"  [yellow]{escape(warning['why'])}[/]")


def _trend(trend: str) -> str:
    return {"rising": "好转", "falling": "变差", "steady": "平稳"}[trend]


def _progress(content: Content, steps: tuple[str, ...], done: set[str]) -> str:
    return " → ".join(
        f"[green]✓{content.name('step', s)}[/]" if s in done else f"[dim]{content.name('step', s)}[/]"
        for s in steps
    )
