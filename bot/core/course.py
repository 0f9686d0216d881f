"""How the matter has gone so far: what counts for the Moments of Truth (K19), noted line by line.

Each kind of mark is kept once, with how much of it there was and the line that shows it, so that the notes stay small
however long the conversation is. The customer's lines are taken in when the agent answers; those after the agent's last
line are read afresh for each score, because the next line may change what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bot.core.agent_line import AgentLine
from bot.core.conversation import ConversationState, Turn
from bot.core.customer_line import CustomerLine, read_customer_line, says_again
from bot.core.privacy import mask

MAX_AMOUNT = 4.0
MAX_QUOTE = 60
LAST_LINES = 3
"""How many of the customer's last lines show how they leave."""


@dataclass(frozen=True)
class Mark:
    """One kind of evidence: how much of it there was, and the line that shows it best.

    ``peak`` is the share of that line; ``at`` says when the newest came, counted in customer lines.
    """

    kind: str
    amount: float
    text: str
    message_id: str
    at: int = 0
    why: str = ""
    peak: float = 0.0


def settle(state: ConversationState) -> None:
    """Take in the customer's lines since the agent's last one; to be called before the agent's line is added."""
    for mark in _waiting_marks(state):
        _note(state.course, mark)


def on_agent(
    state: ConversationState, line: AgentLine, text: str, message_id: str, *, warm: bool, hurts: bool
) -> None:
    """Take in what an agent's line does to the matter; to be called before the line is added.

    Args:
        warm: the line meets an upset customer with all that empathy asks for (K7 ``HH``).
        hurts: its wording hurts (K9): what it tells is then no answer.
    """
    earlier = [turn.text for turn in state.turns if turn.sender == "agent"]
    found = [(mark.kind, mark.text, mark.why) for mark in line.marks]
    if line.tells and not hurts:
        found.append(("answered", line.tells, ""))
    if warm:
        found.append(("cared", text, ""))
    if "confirm" not in line.steps and (line.tells or line.asks) and says_again(text, earlier):
        found.append(("said_again", text, ""))
    for kind, quote, why in found:
        _note(state.course, Mark(kind, 1.0, _quote(quote), message_id, state.customer_messages, why))


def marks(state: ConversationState) -> dict[str, Mark]:
    """All evidence by kind: what was taken in, the lines still waiting, and how the customer leaves."""
    notes = {kind: dict(note) for kind, note in state.course.items()}
    for mark in _waiting_marks(state):
        _note(notes, mark)
    found = {kind: Mark(**note) for kind, note in notes.items()}
    return {**found, **{mark.kind: mark for mark in _leaving(state)}}


def last_lines(state: ConversationState) -> list[Turn]:
    """The customer's newest lines in a row, oldest first, whoever spoke last."""
    found: list[Turn] = []
    for turn in reversed(state.turns):
        if turn.sender == "customer":
            found.append(turn)
        elif found:
            break
    return found[::-1]


def _waiting_marks(state: ConversationState) -> Iterator[Mark]:
    """Marks of the customer's lines that the agent has not answered yet."""
    if not state.turns or state.turns[-1].sender != "customer":
        return
    waiting = last_lines(state)
    seen = [turn.text for turn in state.turns[: -len(waiting)] if turn.sender == "customer"]
    told = "answered" in state.course
    first = state.customer_messages - len(waiting) + 1
    for number, turn in enumerate(waiting):
        line = read_customer_line(turn)
        for kind, amount in _amounts(line, told=told, again=says_again(turn.text, seen)):
            if amount:
                yield Mark(kind, float(amount), _quote(turn.text), turn.message_id, first + number)
        seen.append(turn.text)


def _amounts(line: CustomerLine, *, told: bool, again: bool) -> tuple[tuple[str, float], ...]:
    return (
        ("upset", line.heat),
        ("failing", told and line.fails),
        ("asked_again", again),
        ("thanked", line.thanks),
        ("praised", line.praises),
        ("solved", line.solved),
    )


def _leaving(state: ConversationState) -> Iterator[Mark]:
    """How the customer leaves: the strongest evidence there is (K19: their perception is not to be argued with)."""
    turns = last_lines(state)[-LAST_LINES:]
    lines = [(turn, read_customer_line(turn)) for turn in turns]
    tests: dict[str, Callable[[CustomerLine], bool]] = {
        "left_thankful": lambda line: line.thanks or line.praises,
        "left_threatening": lambda line: line.threatens,
    }
    if lines and lines[-1][1].accepts:
        yield _left("left_content", 1.0, lines[-1][0], state)
    if lines and state.turns[-1].sender == "customer":
        turn, line = min(lines, key=lambda pair: pair[1].level)
        if line.level < 0:
            yield _left("left_upset", -line.level, turn, state)
        tests["unanswered"] = lambda line: line.asks or line.heat > 0
    for kind, test in tests.items():
        newest = next((turn for turn, line in reversed(lines) if test(line)), None)
        if newest:
            yield _left(kind, 1.0, newest, state)


def _left(kind: str, amount: float, turn: Turn, state: ConversationState) -> Mark:
    return Mark(kind, amount, _quote(turn.text), turn.message_id, state.customer_messages)


def _note(notes: dict[str, dict[str, Any]], mark: Mark) -> None:
    """Add a mark to the notes; the quote is that of the strongest line, the newest among equals."""
    known = notes.get(mark.kind)
    note = {**asdict(mark), "peak": mark.amount}
    if known:
        if known["peak"] > mark.amount:
            note = {**known, "at": mark.at}
        note["amount"] = min(MAX_AMOUNT, known["amount"] + mark.amount)
    notes[mark.kind] = note


def _quote(text: str) -> str:
    return mask(text.strip())[:MAX_QUOTE]
