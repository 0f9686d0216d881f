"""Shared fixtures: the trained model, an engine on a fresh database, a running server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODEL = Path(os.environ.get("ASSIST_MODEL_DIR", ROOT / "models"))


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 90.0) -> None:
    """Until something listens on the port; fails with the process's output when it ends first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}: {process.stderr.read().decode()[-3000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port} after {seconds} s")


@pytest.fixture(scope="session")
def loaded_agent() -> Any:
    """The trained model, loaded once. `make test` trains it first."""
    from bot.bootstrap import load_agent
    from bot.cli.logs import quiet_imports, quiet_logs
    from bot.config import settings

    quiet_imports()
    quiet_logs()
    return load_agent(replace(settings(), database_url="sqlite://", model_dir=str(MODEL)))


@pytest.fixture
def engine(loaded_agent: Any, tmp_path: Path) -> Any:
    """A conversation engine on a fresh SQLite file, with the shared model."""
    from rasa.core.lock_store import InMemoryLockStore

    from bot.bootstrap import assist_service, database
    from bot.engine.conversation import ConversationEngine
    from bot.engine.tracker_store import AssistTrackerStore
    from bot.storage.repository import SqlConversationRepository

    sql = database(f"sqlite:///{tmp_path}/assist.db")
    store = AssistTrackerStore(domain=loaded_agent.processor.domain, engine=sql)
    loaded_agent.tracker_store = loaded_agent.processor.tracker_store = store
    loaded_agent.lock_store = InMemoryLockStore()
    return ConversationEngine(loaded_agent, assist_service(), SqlConversationRepository(sql))


@pytest.fixture
def say(engine: Any) -> Any:
    """``await say("客户的话")``, ``await say("客服的话", agent=True)`` in one conversation."""

    async def speak(text: str, *, agent: bool = False, conversation: str = "c1") -> dict[str, Any]:
        if agent:
            return await engine.agent_line(conversation, text)  # type: ignore[no-any-return]
        return await engine.customer_line(conversation, text)  # type: ignore[no-any-return]

    return speak


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base address of a running demo server with its own database."""
    port = free_port()
    folder = tmp_path_factory.mktemp("server")
    environment = {
        **os.environ,
        "ASSIST_DATABASE_URL": f"sqlite:///{folder}/assist.db",
        "ASSIST_MODEL_DIR": str(MODEL),
        "ASSIST_PORT": str(port),
        "ASSIST_SECRET": "a-secret-for-tests-only-0123456789abcdef",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--demo"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/webhooks/sidebar"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """Plain asyncio: Sanic's import may have set uvloop."""
    return asyncio.DefaultEventLoopPolicy()
