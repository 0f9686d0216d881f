"""Cards in one process: ``ConversationEngine.customer_line`` with an SQLite file. A worker of the benchmark."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from typing import Any

from bench.messages import agent_line, varied
from bench.processes import resident_mb
from bench.stats import summary

PER_CONVERSATION = 8
"""Customer lines of each conversation; after every second one the agent speaks."""
WARM_UP = 30
PARTS = ("total", "nlu", "policy", "action")


async def talk(engine: Any, lines: Any, cards: int, tag: str) -> tuple[list[float], list[float], list[Any]]:
    """Wall and processor milliseconds of each of ``cards`` cards, and their ``timing_ms``."""
    wall: list[float] = []
    cpu: list[float] = []
    split: list[Any] = []
    for number in range(cards):
        conversation = f"bench-{tag}-{number // PER_CONVERSATION}"
        began, worked = time.perf_counter(), time.process_time()
        card = await engine.customer_line(conversation, next(lines))
        cpu.append((time.process_time() - worked) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
        split.append(card["timing_ms"])
        if number % 2:
            await engine.agent_line(conversation, agent_line(number // 2))
    return wall, cpu, split


def measure(cards: int, began: float) -> dict[str, Any]:
    """Load the assistant as ``python -m bot`` does and measure it."""
    from bot.cli.logs import quiet_imports

    quiet_imports()
    from bot.bootstrap import build_engine, load_agent
    from bot.cli.logs import quiet_logs
    from bot.config import settings

    quiet_logs()
    engine = build_engine(load_agent(settings()), settings())
    lines = varied()
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(engine.customer_line("bench-first", next(lines)))
        ready = time.time() - began
        loop.run_until_complete(talk(engine, lines, min(WARM_UP, cards), "warm"))
        wall, cpu, split = loop.run_until_complete(talk(engine, lines, cards, "timed"))
    finally:
        loop.close()
    parts = {part: summary([timing[part] for timing in split]) for part in PARTS}
    rest = summary([spent - timing["total"] for spent, timing in zip(wall, split)])
    return {
        "card": summary(wall),
        "cpu": summary(cpu),
        "parts": {**parts, "outside (storage, lock)": rest},
        "ready_s": ready,
        "resident_mb": resident_mb(os.getpid()),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, required=True)
    parser.add_argument("--began", type=float, required=True)
    given = parser.parse_args()
    print(json.dumps(measure(given.cards, given.began)), flush=True)


if __name__ == "__main__":
    main()
