"""The running state of one conversation, small and bounded, carried in the tracker as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MAX_TURNS = 12
MAX_PATH = 20
MAX_USED = 60
MAX_EVIDENCE = 12
MAX_TEXT = 200


@dataclass
class Turn:
    """One line of either side, cut to 200 characters."""

    sender: str
    text: str
    message_id: str
    intent: str = ""
    emotion: str = ""
    intensity: float = 0.0


@dataclass
class ConversationState:
    """What must be remembered between messages; every list is bounded, so its cost stays flat."""

    turns: list[Turn] = field(default_factory=list)
    customer_messages: int = 0
    agent_messages: int = 0
    topic: str = ""
    situation: str = ""
    turn: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    emotion_path: list[float] = field(default_factory=list)
    emotion_level: float | None = None
    worst_level: float = 0.0
    risk: int = 0
    weights: dict[str, float] = field(default_factory=dict)
    cues: dict[str, list[str]] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    personality_override: str = ""
    personality_source: str = ""
    complaint_open: bool = False
    complaint_cause: str = ""
    complaint_stage: str = "none"
    steps_done: dict[str, dict[str, str]] = field(default_factory=dict)
    moments_done: dict[str, dict[str, str]] = field(default_factory=dict)
    warnings: list[dict[str, str]] = field(default_factory=list)
    question_pending: bool = False
    expectations: list[dict[str, str]] = field(default_factory=list)
    promises: list[dict[str, str]] = field(default_factory=list)
    review: dict[str, Any] = field(default_factory=dict)
    course: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> ConversationState:
        """Restore a state; unknown keys of a newer version are left out, missing ones start empty."""
        if not data:
            return cls()
        known = {f.name for f in fields(cls)}
        # copies: the data is the tracker's slot, and a turn that fails must not have changed it
        values: dict[str, Any] = {
            key: value.copy() if isinstance(value, (dict, list)) else value
            for key, value in data.items()
            if key in known
        }
        turn_keys = {f.name for f in fields(Turn)}
        values["turns"] = [
            Turn(**{k: v for k, v in t.items() if k in turn_keys}) for t in values.get("turns", [])
        ]
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)

    def add_turn(self, turn: Turn) -> None:
        """Append a line, keeping the newest ``MAX_TURNS``."""
        turn.text = turn.text[:MAX_TEXT]
        self.turns = [*self.turns, turn][-MAX_TURNS:]
        if turn.sender == "customer":
            self.customer_messages += 1
        else:
            self.agent_messages += 1

    def remember_used(self, phrase_ids: list[str]) -> None:
        """Note phrases that reached the customer: none is suggested twice in a conversation."""
        fresh = [p for p in phrase_ids if p not in self.used]
        self.used = [*self.used, *fresh][-MAX_USED:]

    @property
    def last_agent_line(self) -> str:
        """Text of the agent's newest line, or an empty string."""
        return next((t.text for t in reversed(self.turns) if t.sender == "agent"), "")

    @property
    def last_agent_message_id(self) -> str:
        """Id of the agent's newest line, or an empty string."""
        return next((t.message_id for t in reversed(self.turns) if t.sender == "agent"), "")
