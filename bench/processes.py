"""Child processes of the benchmark: started, measured and surely ended, each by its own id."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
_LOG_LINES = 25


class BenchError(Exception):
    """A step of the benchmark did not work; the message holds the end of its log."""


class Run(NamedTuple):
    """Outcome of a finished command."""

    seconds: float
    peak_mb: float
    output: str


def environment(**extra: str) -> dict[str, str]:
    """Environment of a child: the project importable, TensorFlow quiet, no telemetry."""
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONWARNINGS": "ignore",
    }
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    return {**os.environ, **quiet, "PYTHONPATH": path, **extra}


@contextlib.contextmanager
def child(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running command whose output goes to ``log``; ended, with its own children, when the block is left."""
    with log.open("wb") as target:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process and its children to stop, then make them; one that has ended is left alone."""
    if process.poll() is not None:
        return
    family = _family(process.pid)
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.terminate()
    _, alive = psutil.wait_procs(family, timeout=10)
    for member in alive:
        with contextlib.suppress(psutil.Error):
            member.kill()
    process.wait(timeout=10)


def run(command: Sequence[str], env: Mapping[str, str], log: Path, timeout: float) -> Run:
    """Run a command to its end. Raises :class:`BenchError` when it fails or takes too long.

    The peak comes from the operating system when the process ends: sampling would take processor time from it.
    """
    began = time.perf_counter()
    with child(command, env, log) as process:
        usage = None
        while usage is None:
            time.sleep(0.05)
            pid, status, found = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode, usage = os.waitstatus_to_exitcode(status), found
            elif time.perf_counter() - began > timeout:
                raise BenchError(f"{_short(command)} took more than {timeout:.0f} s\n{tail(log)}")
        seconds = time.perf_counter() - began
    if process.returncode:
        raise BenchError(f"{_short(command)} ended with {process.returncode}\n{tail(log)}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Run(seconds, peak, log.read_text(encoding="utf-8", errors="replace"))


def worker(module: str, arguments: Sequence[str], log: Path, timeout: float, **extra: str) -> dict[str, Any]:
    """Run a module of this package in a process of its own; its answer is the JSON in its last line."""
    began = str(time.time())
    command = [PYTHON, "-m", f"bench.{module}", *arguments, "--began", began]
    lines = run(command, environment(**extra), log, timeout).output.splitlines()
    answers = [line for line in lines if line.startswith("{")]
    if not answers:
        raise BenchError(f"bench.{module} gave no answer\n{tail(log)}")
    found: dict[str, Any] = json.loads(answers[-1])
    return found


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, MB (10^6 bytes); 0 when it is gone."""
    total = 0
    for member in _family(pid):
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total / 1e6


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _short(command: Sequence[str]) -> str:
    return " ".join(Path(part).name if part.startswith("/") else part for part in command[:5])
