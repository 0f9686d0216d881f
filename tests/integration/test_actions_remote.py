"""The same cases with the actions in this process and on a remote action server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig

from bot.core.errors import NoCard
from tests.conftest import ROOT, free_port, wait_for

pytestmark = pytest.mark.slow
LINES = (
    ("customer", "我的宽带三天没网了，打了两次电话都没人来，再这样我就投诉到工信部！"),
    ("agent", "三天没网确实耽误事，对不起。这单我来跟，您家现在光猫的灯是什么颜色？"),
    ("customer", "红灯一直闪"),
    ("customer", "好的谢谢"),
)


@pytest.fixture(scope="module")
def action_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "ASSIST_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('remote')}/a.db"}
    rasa = Path(sys.executable).with_name("rasa")
    process = subprocess.Popen(
        [rasa, "run", "actions", "--port", str(port)], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        process.wait(10)


async def run_lines(engine: Any, conversation: str) -> list[dict[str, Any]]:
    answers = []
    for number, (sender, text) in enumerate(LINES):
        call = engine.customer_line if sender == "customer" else engine.agent_line
        answer = await call(conversation, text, message_id=f"m{number}", at="2026-01-02T03:04:05Z")
        answer.pop("timing_ms", None)
        answers.append(answer)
    return answers


async def test_remote_and_in_process_actions_give_the_same_cards(engine: Any, action_server: str) -> None:
    processor = engine._agent.processor
    here = await run_lines(engine, "same-id")
    processor.action_endpoint = EndpointConfig(url=action_server)
    try:
        there = await run_lines(engine, "other-id")
    finally:
        processor.action_endpoint = EndpointConfig(url="inprocess://actions", enable_selective_domain=True)
    assert [a.keys() for a in here] == [a.keys() for a in there]
    for local, remote in zip(here, there):
        if "analysis" in local:
            assert local["analysis"] == remote["analysis"]
            assert local["process"] == remote["process"]
            assert len(remote["suggestions"]) == 3


async def test_an_unreachable_action_server_is_named_and_the_line_is_kept(engine: Any) -> None:
    processor = engine._agent.processor
    processor.action_endpoint = EndpointConfig(url=f"http://127.0.0.1:{free_port()}/webhook")
    try:
        with pytest.raises(NoCard, match="action server"):
            await engine.customer_line("c1", "你好", message_id="m1")
    finally:
        processor.action_endpoint = EndpointConfig(url="inprocess://actions", enable_selective_domain=True)
    kept = await engine.history("c1")
    assert [m["text"] for m in kept["messages"]] == ["你好"]
    again = await engine.customer_line("c1", "你好", message_id="m1")
    assert again["message_id"] == "m1" and len(again["suggestions"]) == 3
