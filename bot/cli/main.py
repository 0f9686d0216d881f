"""The command line: one module a command, imported only when it runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.logs import quiet_imports
from bot.core.errors import AssistError

app = typer.Typer(
    help="Real-time assistant for customer-service agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
knowledge_app = typer.Typer(help="The service content: phrases, plans, rules.", no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge")
data_app = typer.Typer(help="The training data of the NLU.", no_args_is_help=True)
app.add_typer(data_app, name="data")

JsonLines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line on stdin and stdout.")]


@app.command()
def assist(jsonl: JsonLines = False) -> None:
    """Read customer and agent lines, answer with assist cards and reply reviews."""
    from bot.cli.assist import run_interactive, run_jsonl

    raise typer.Exit(run_jsonl(sys.stdin.buffer, sys.stdout) if jsonl else run_interactive())


@app.command()
def check(jsonl: JsonLines = False) -> None:
    """Check drafts: findings with safer wording, and the empathy level."""
    from bot.cli.check import run_interactive, run_jsonl

    raise typer.Exit(run_jsonl(sys.stdin.buffer, sys.stdout) if jsonl else run_interactive())


@app.command()
def run(
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the demo page; make a secret if none is set.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the sidebar channel."""
    from bot.cli.run import serve

    serve(demo=demo, host=host, port=port)


@app.command()
def token(
    agent: Annotated[str, typer.Argument(help="Agent id the token names.")],
    conversations: Annotated[
        list[str] | None, typer.Option("--conversation", help="Permitted id; default all.")
    ] = None,
    role: Annotated[str, typer.Option(help="agent, supervisor, admin or service.")] = "agent",
    hours: Annotated[float, typer.Option(help="Hours until it expires.")] = 8.0,
) -> None:
    """Print a signed token for the sidebar's HTTP and Socket.IO."""
    from bot.cli.token import issue

    print(issue(agent, conversations or ["*"], role, hours))


@knowledge_app.command("check")
def knowledge_check() -> None:
    """Check all content files; every fault as path:line."""
    from bot.cli.knowledge import check_content

    raise typer.Exit(check_content())


@knowledge_app.command("coverage")
def knowledge_coverage() -> None:
    """How many phrases each part has for each step and personality."""
    from bot.cli.knowledge import coverage

    raise typer.Exit(coverage())


@data_app.command("check")
def data_check() -> None:
    """Check data/nlu: every fault as path:line, or how the messages are spread."""
    from bot.cli.data import check_data

    raise typer.Exit(check_data())


def main() -> None:
    """Entry point: an expected error is one clear line on stderr and exit status 1."""
    quiet_imports()
    try:
        app()
    except AssistError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None
