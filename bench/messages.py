"""What customers and agents say in the benchmark."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

FILE = Path(__file__).with_name("messages.txt")
SEED = 7
TAILS = (
    "",
    "，麻烦快一点",
    "，谢谢",
    "，急",
    "，什么时候能好",
    "，我等你回复",
    "！",
    "……",
    "，行不行",
    "，拜托了",
)
AGENT_LINES = (
    "您好，很高兴为您服务，请问有什么可以帮您？",
    "非常抱歉给您添麻烦了，换成是我也会着急，我马上为您查。",
    "请您提供一下订单号，我这边立刻核实。",
    "已经为您登记了，明天上午十点前我给您回电话。",
    "您看给您重新补发一件，还是直接退款？",
    "请问还有其他可以帮您的吗？",
)
_DIGIT = re.compile("[0-9]")


def customer_lines() -> tuple[str, ...]:
    """The lines written by hand."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def varied(seed: int = SEED) -> Iterator[str]:
    """Customer lines without end, no two alike for long: other digits, other endings."""
    dice = random.Random(seed)
    lines = list(customer_lines())
    for turn in count():
        dice.shuffle(lines)
        for line in lines:
            if turn == 0:
                yield line
            else:
                yield _DIGIT.sub(lambda _: str(dice.randint(0, 9)), line) + dice.choice(TAILS)


def agent_line(number: int) -> str:
    """The agent's line number ``number``."""
    return AGENT_LINES[number % len(AGENT_LINES)]
