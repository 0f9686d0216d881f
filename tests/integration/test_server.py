"""The real server: cards over HTTP, errors with a status and a JSON body, and what stops it from starting."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.auth import issue_token
from tests.conftest import MODEL, ROOT

pytestmark = pytest.mark.slow
SECRET = "a-secret-for-tests-only-0123456789abcdef"


def bearer(*conversations: str, role: str = "agent") -> dict[str, str]:
    token = issue_token(
        SECRET, subject="a1", role=role, conversations=conversations or ("*",), ttl_s=600, now=time.time()
    )
    return {"Authorization": f"Bearer {token}"}


def post(server: str, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(
        f"{server}{path}", json=body, headers=bearer() if headers is None else headers, timeout=30
    )


def customer(text: str, conversation: str = "c1", **more: Any) -> dict[str, Any]:
    return {"conversation_id": conversation, "sender": "customer", "text": text, **more}


def test_a_message_gives_a_card_and_a_line_a_review(server: str) -> None:
    card = post(server, "/messages", customer("快递三天没动静了，急用啊", "http-1")).json()
    assert card["schema"] == 1 and len(card["suggestions"]) == 3 and card["timing_ms"]["total"] > 0
    line = {"conversation_id": "http-1", "sender": "agent", "text": card["suggestions"][0]["text"]}
    review = post(server, "/messages", line).json()["reply_review"]
    assert review["empathy_level"] in ("L", "H", "HH") and "moment_of_truth" in review


def test_the_same_message_id_gives_the_same_card(server: str) -> None:
    first = post(server, "/messages", customer("我要退款", "http-2", message_id="m1")).json()
    again = post(server, "/messages", customer("我要退款", "http-2", message_id="m1")).json()
    assert first["suggestions"] == again["suggestions"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (customer(""), 400),
        (customer(" \n\t　"), 400),
        (customer("长" * 10_001), 413),
        ({**customer("你好"), "sender": "robot"}, 400),
        ({"sender": "customer", "text": "你好"}, 400),
        (["not", "an", "object"], 400),
        ({**customer("你好"), "text": 7}, 400),
    ],
)
def test_bad_input_is_refused_with_the_field(server: str, body: Any, status: int) -> None:
    answer = post(server, "/messages", body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_malformed_json_is_a_400(server: str) -> None:
    answer = httpx.post(f"{server}/messages", content=b"{oops", headers=bearer())
    assert answer.status_code == 400 and "JSON" in answer.json()["error"]["message"]


def test_tokens_are_checked(server: str) -> None:
    assert post(server, "/messages", customer("你好"), {}).status_code == 401
    assert post(server, "/messages", customer("你好"), {"Authorization": "Bearer x.y.z"}).status_code == 401
    assert post(server, "/messages", customer("你好", "other"), bearer("mine")).status_code == 403


def test_unknown_conversation_is_a_404(server: str) -> None:
    answer = httpx.get(f"{server}/conversations/never-seen", headers=bearer())
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "😀😀😀",
        "where is my parcel??",
        "订单 order 123 到了吗 please",
        "\x00\x01\x02 控制",
        "？？？",
        "a" * 10_000,
        "嗯",
        "{name} {{x}} <b>",
        "​‍",
    ],
)
def test_odd_texts_give_a_sensible_card(server: str, text: str) -> None:
    answer = post(server, "/messages", customer(text, "odd"))
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        card = answer.json()
        assert card["suggestions"] and all("{" not in s["text"] for s in card["suggestions"])


def test_drafts_are_checked(server: str) -> None:
    answer = post(
        server, "/drafts", {"conversation_id": "c1", "text": "这不关我的事，您去问快递公司。"}
    ).json()
    assert answer["findings"] and answer["empathy_level"] in ("LL", "L")


def run_server(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    base = {k: v for k, v in os.environ.items() if not k.startswith("ASSIST_")}
    base |= {"ASSIST_DATABASE_URL": f"sqlite:///{tmp_path}/a.db", "ASSIST_MODEL_DIR": str(MODEL)}
    return subprocess.run(
        [sys.executable, "-m", "bot", "run", *arguments],
        cwd=ROOT, env=base | environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_production_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    ended = run_server(tmp_path)
    assert ended.returncode == 1 and "ASSIST_SECRET" in ended.stderr and "Traceback" not in ended.stderr


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    ended = run_server(tmp_path, "--demo", ASSIST_MODEL_DIR=str(tmp_path))
    assert ended.returncode == 1 and "make train" in ended.stderr and "Traceback" not in ended.stderr


def test_an_unreachable_database_is_named(tmp_path: Path) -> None:
    url = "postgresql+psycopg2://nobody@127.0.0.1:1/none"
    ended = run_server(tmp_path, "--demo", ASSIST_DATABASE_URL=url)
    assert ended.returncode == 1 and "unreachable" in ended.stderr and "Traceback" not in ended.stderr


def test_broken_content_is_listed(tmp_path: Path) -> None:
    (tmp_path / "zh" / "phrases").mkdir(parents=True)
    (tmp_path / "zh" / "phrases" / "a.yml").write_text(
        "phrases:\n- id: x\n  part: nonsense\n", encoding="utf-8"
    )
    ended = run_server(tmp_path, "--demo", ASSIST_CONTENT_DIR=str(tmp_path / "zh"))
    assert ended.returncode == 1 and "a.yml:3" in ended.stderr and "Traceback" not in ended.stderr
