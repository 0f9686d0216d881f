"""Tokens: what is signed comes back, and everything else is refused without a reason."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from bot.channels.auth import AuthError, ConfigError, Identity, issue_token, verify_token
from bot.core.errors import InputError

SECRET = "s" * 32
OTHER = "o" * 32
NOW = 1_700_000_000.0
CLAIMS: dict[str, Any] = {"sub": "a-7", "role": "agent", "conversations": ["c1"], "exp": NOW + 60}


def token(**changes: Any) -> str:
    options: dict[str, Any] = {
        "subject": "a-7", "role": "agent", "conversations": ["c1", "c2"], "ttl_s": 60, "now": NOW, **changes
    }  # fmt: skip
    return issue_token(SECRET, **options)


def signed(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not ...}
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_a_token_brings_back_who_it_was_made_for() -> None:
    identity = verify_token(SECRET, token(), NOW)
    assert identity == Identity("a-7", "agent", frozenset({"c1", "c2"}), NOW + 60)


def test_sight_is_limited_to_the_named_conversations() -> None:
    named = verify_token(SECRET, token(), NOW)
    everything = verify_token(SECRET, token(conversations=["*"], role="supervisor"), NOW)
    assert [named.may_see(c) for c in ("c1", "c2", "c3", "*", "")] == [True, True, False, False, False]
    assert everything.may_see("c3")


def test_a_single_string_of_conversations_is_one_conversation() -> None:
    assert verify_token(SECRET, token(conversations="c12"), NOW).conversations == {"c12"}


def test_a_token_ends_at_its_second() -> None:
    made = token(ttl_s=60)
    assert verify_token(SECRET, made, NOW + 59.9)
    for late in (NOW + 60, NOW + 3600):
        with pytest.raises(AuthError):
            verify_token(SECRET, made, late)


def _tampered() -> str:
    head, body, signature = token().split(".")
    return f"{head}.{body[:-2]}AA.{signature}"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "a.b.c",
        "令牌",
        _tampered(),
        signed(OTHER),
        signed(algorithm="HS512", secret="s" * 64),
        jwt.encode(CLAIMS, None, algorithm="none"),
        signed(sub=...),
        signed(sub=""),
        signed(role=...),
        signed(role="root"),
        signed(role=["agent"]),
        signed(conversations=...),
        signed(conversations="*"),
        signed(conversations=[1]),
        signed(exp=...),
        signed(exp=NOW - 1),
        signed(exp=float("nan")),
        signed(exp="4000000000"),
        signed(exp=True),
    ],
)
def test_every_other_token_is_refused_with_the_same_words(bad: str) -> None:
    with pytest.raises(AuthError) as caught:
        verify_token(SECRET, bad, NOW)
    assert str(caught.value) == str(AuthError())
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("short", ["", "s" * 31, "密" * 10])
def test_a_short_secret_neither_signs_nor_verifies(short: str) -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        issue_token(short, subject="a", role="agent", conversations=["c"], ttl_s=1, now=NOW)
    with pytest.raises(ConfigError, match="32 bytes"):
        verify_token(short, token(), NOW)


def test_the_secret_is_measured_in_bytes() -> None:
    secret = "密" * 11
    made = issue_token(secret, subject="a", role="agent", conversations=["c"], ttl_s=1, now=NOW)
    assert verify_token(secret, made, NOW).subject == "a"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("subject", {"subject": " "}),
        ("role", {"role": "root"}),
        ("conversations", {"conversations": []}),
        ("conversations", {"conversations": [""]}),
        ("conversations", {"conversations": ["c"] * 501}),
        ("ttl_s", {"ttl_s": 0}),
        ("ttl_s", {"ttl_s": -1}),
        ("ttl_s", {"ttl_s": float("nan")}),
        ("ttl_s", {"ttl_s": 86_401}),
    ],
)
def test_a_token_that_makes_no_sense_is_not_issued(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        token(**changes)
    assert caught.value.field == field
