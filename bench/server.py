"""The real server under load: ``python -m bot run`` in a process of its own, spoken to over HTTP."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client
from bench.long_conversation import Growth, measure_growth
from bench.messages import SEED, agent_line, varied
from bench.processes import PYTHON, BenchError, child, environment, free_port, resident_mb, tail
from bench.stats import Summary, summary

START_TIMEOUT_S = 180.0
PER_CONVERSATION = 8
AT_ONCE = 8


@dataclass(frozen=True)
class Server:
    """A server that has answered; ``cold_start_s`` counts from the start of its process to its first card."""

    port: int
    token: str
    pid: int
    cold_start_s: float

    def client(self) -> Client:
        """A new connection to it."""
        return Client(self.port, self.token)


@dataclass(frozen=True)
class Served:
    """Everything measured on the server."""

    one: Summary
    cards_a_second: float
    at_once: Summary
    growth: Growth
    resident_mb: float
    cold_start_s: float


@contextlib.contextmanager
def serving(model: Path, folder: Path, name: str) -> Iterator[Server]:
    """A running server on a free loopback port with a fresh database; ended when the block is left."""
    from bot.channels.auth import issue_token

    port, secret = free_port(), secrets.token_urlsafe(48)
    token = issue_token(
        secret, subject="bench", role="service", conversations=["*"], ttl_s=7200, now=time.time()
    )
    env = environment(
        ASSIST_SECRET=secret,
        ASSIST_MODEL_DIR=str(model),
        ASSIST_DATABASE_URL=f"sqlite:///{folder / name}.db",
        ASSIST_ACTION_URL="inprocess://actions",
    )
    log = folder / f"{name}.log"
    began = time.perf_counter()
    with child([PYTHON, "-m", "bot", "run", "--port", str(port)], env, log) as process:
        with Client(port, token) as client:
            while not client.alive():
                if process.poll() is not None or time.perf_counter() - began > START_TIMEOUT_S:
                    raise BenchError(f"the server did not start\n{tail(log)}")
                time.sleep(0.02)
            client.send("bench-first", "customer", next(varied()))
        yield Server(port, token, process.pid, time.perf_counter() - began)


def measure(model: Path, folder: Path, *, cards: int, at_once: int, length: int) -> Served:
    """Start the server twice, the first time only to warm the disk cache, and measure the second."""
    with serving(model, folder, "server-warm-up"):
        pass
    with serving(model, folder, "server") as server:
        with server.client() as client:
            _one_at_a_time(client, min(30, cards), "warm")
            one = summary(_one_at_a_time(client, cards, "one"))
        rate, together = _at_once(server, at_once)
        with server.client() as client:
            growth = measure_growth(client, length)
        return Served(one, rate, together, growth, resident_mb(server.pid), server.cold_start_s)


def _one_at_a_time(client: Client, cards: int, tag: str) -> list[float]:
    """Milliseconds of each card, one conversation after the other, the agent speaking after two lines."""
    lines, times = varied(), []
    for number in range(cards):
        conversation = f"{tag}-{number // PER_CONVERSATION}"
        times.append(client.send(conversation, "customer", next(lines)))
        if number % 2:
            client.send(conversation, "agent", agent_line(number // 2))
    return times


def _at_once(server: Server, cards: int) -> tuple[float, Summary]:
    """Cards a second and their times with eight customers writing at once, each as fast as cards come."""
    times: list[float] = []
    failures: list[Exception] = []
    ready = threading.Barrier(AT_ONCE + 1)

    def customer(number: int) -> None:
        lines = varied(SEED + number)
        try:
            with server.client() as client:
                client.send(f"many-{number}", "customer", next(lines))
                ready.wait(timeout=60)
                for _ in range(cards // AT_ONCE):
                    times.append(client.send(f"many-{number}", "customer", next(lines)))
        except Exception as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)
            ready.abort()

    threads = [threading.Thread(target=customer, args=(number,), daemon=True) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        ready.wait(timeout=60)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise BenchError(f"with eight conversations at once: {failures[0]}")
    return round(len(times) / seconds, 1), summary(times)
