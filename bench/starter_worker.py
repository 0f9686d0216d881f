"""Answers of the starter pipeline in one process: ``Agent.handle_text``. A worker of the benchmark."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import time
from typing import Any

from bench.inprocess import PER_CONVERSATION, WARM_UP
from bench.messages import varied
from bench.processes import resident_mb
from bench.stats import summary


async def talk(agent: Any, lines: Any, answers: int, tag: str) -> tuple[list[float], list[float]]:
    """Wall and processor milliseconds of each answer."""
    wall: list[float] = []
    cpu: list[float] = []
    for number in range(answers):
        sender = f"bench-{tag}-{number // PER_CONVERSATION}"
        began, worked = time.perf_counter(), time.process_time()
        await agent.handle_text(next(lines), sender_id=sender)
        cpu.append((time.process_time() - worked) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    return wall, cpu


def measure(model: str, answers: int, began: float) -> dict[str, Any]:
    """Load the model with Rasa's own defaults (tracker in memory) and measure it."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    logging.getLogger("rasa").setLevel(logging.WARNING)
    agent = Agent.load(model)
    lines = varied()
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(agent.handle_text(next(lines), sender_id="bench-first"))
        ready = time.time() - began
        loop.run_until_complete(talk(agent, lines, min(WARM_UP, answers), "warm"))
        wall, cpu = loop.run_until_complete(talk(agent, lines, answers, "timed"))
    finally:
        loop.close()
    resident = resident_mb(os.getpid())
    return {"card": summary(wall), "cpu": summary(cpu), "ready_s": ready, "resident_mb": resident}


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--answers", type=int, required=True)
    parser.add_argument("--began", type=float, required=True)
    given = parser.parse_args()
    print(json.dumps(measure(given.model, given.answers, given.began)), flush=True)


if __name__ == "__main__":
    main()
