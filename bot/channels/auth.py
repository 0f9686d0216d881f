"""Signed short-lived tokens (JWT, HS256): who is asking, and which conversations they may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import jwt

from bot.channels.errors import AuthError, ConfigError
from bot.core.errors import InputError

__all__ = [
    "ALL",
    "ROLES",
    "AuthError",
    "ConfigError",
    "Identity",
    "check_secret",
    "issue_token",
    "verify_token",
]

ROLES: Final[tuple[str, ...]] = ("agent", "supervisor", "admin", "service")
ALL: Final = "*"
MIN_SECRET_BYTES: Final = 32
"""HS256 needs a key at least as long as its hash (RFC 7518 §3.2)."""
MAX_TTL_S: Final = 86_400
MAX_CONVERSATIONS: Final = 500
_ALGORITHM: Final = "HS256"
_CLAIMS: Final = ("sub", "role", "conversations", "exp")


@dataclass(frozen=True)
class Identity:
    """A verified caller; ``expires_at`` is in Unix seconds."""

    subject: str
    role: str
    conversations: frozenset[str]
    expires_at: float

    def may_see(self, conversation_id: str) -> bool:
        """Whether this conversation is named in the token, or all are."""
        return ALL in self.conversations or conversation_id in self.conversations


def check_secret(secret: str) -> str:
    """The secret itself. Raises :class:`ConfigError` when it is too short to sign with."""
    if not isinstance(secret, str) or len(secret.encode("utf-8", "replace")) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"the token secret must have at least {MIN_SECRET_BYTES} bytes; "
            'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret


def issue_token(
    secret: str, *, subject: str, role: str, conversations: Iterable[str], ttl_s: float, now: float
) -> str:
    """Sign a token.

    Args:
        subject: id of the agent (or service) it speaks for.
        role: one of ``ROLES``.
        conversations: ids it may see, or ``["*"]`` for all.
        ttl_s: seconds until it expires, at most a day.
        now: Unix seconds.

    Raises:
        ConfigError: the secret is too short.
        InputError: a claim is empty or outside its limits.
    """
    check_secret(secret)
    names = [conversations] if isinstance(conversations, str) else list(conversations)
    if not isinstance(subject, str) or not subject.strip():
        raise InputError("subject", "must name someone")
    if role not in ROLES:
        raise InputError("role", f"must be one of {', '.join(ROLES)}")
    if not 0 < len(names) <= MAX_CONVERSATIONS or not all(isinstance(n, str) and n for n in names):
        raise InputError("conversations", f'must be 1 to {MAX_CONVERSATIONS} ids, or ["*"]')
    if not 0 < ttl_s <= MAX_TTL_S:
        raise InputError("ttl_s", f"must be more than 0 and at most {MAX_TTL_S} seconds")
    claims = {"sub": subject, "role": role, "conversations": names, "iat": int(now), "exp": now + ttl_s}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def verify_token(secret: str, token: str, now: float) -> Identity:
    """Who a token speaks for at ``now`` (Unix seconds).

    Raises:
        ConfigError: the secret is too short.
        AuthError: the token is forged, expired, malformed or lacks a claim; the error never says which.
    """
    check_secret(secret)
    # The clock is the caller's, so PyJWT checks the signature and the presence of claims only.
    options: Any = {
        "require": list(_CLAIMS),
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
    try:
        claims = jwt.decode(token, secret, algorithms=[_ALGORITHM], options=options)
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
        raise AuthError() from None
    return _identity(claims, now)


def _identity(claims: dict[str, Any], now: float) -> Identity:
    subject, role, names, expires = (claims[name] for name in _CLAIMS)
    if not isinstance(subject, str) or not subject or role not in ROLES:
        raise AuthError()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AuthError()
    # Written as "not (now < …)" so that NaN, which compares false with everything, is expired.
    if isinstance(expires, bool) or not isinstance(expires, (int, float)) or not now < expires:
        raise AuthError()
    return Identity(subject, role, frozenset(names), float(expires))
