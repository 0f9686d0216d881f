"""What the figures were measured on, and how quiet it was."""

from __future__ import annotations

import os
import platform
import statistics
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Facts for the head of the report."""

    cores: int
    cpu: str
    memory_gb: float
    python: str
    rasa: str
    tensorflow: str
    at: str


@dataclass(frozen=True)
class Noise:
    """How long a fixed computation took (``median_ms``; ``best_ms`` when nothing disturbed it) and the load."""

    best_ms: float
    median_ms: float
    load: float


def machine() -> Machine:
    """The machine this process runs on."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        cpu=_cpu_model(),
        memory_gb=round(pages / 2**30, 1),
        python=platform.python_version(),
        rasa=version("rasa"),
        tensorflow=version("tensorflow"),
        at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def noise(rounds: int = 60) -> Noise:
    """Time a fixed loop again and again; a median far above the best says that others used the cores."""
    times = [_fixed_loop() for _ in range(rounds)]
    return Noise(round(min(times), 2), round(statistics.median(times), 2), round(os.getloadavg()[0], 2))


def _fixed_loop() -> float:
    began = time.perf_counter()
    table: dict[int, str] = {}
    for i in range(60_000):
        table[i & 255] = str(i)
    return (time.perf_counter() - began) * 1000
