"""What the NLU reads in one customer message, as plain immutable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.core.labels import GROUP_OF, UPSET


@dataclass(frozen=True)
class Entity:
    """A fact in the text. ``start``/``end`` count code points of the original text."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None


@dataclass(frozen=True)
class Evidence:
    """Words that hint at a personality type (K1)."""

    type: str
    text: str
    start: int
    end: int
    weight: float = 1.0
    message_id: str = ""


@dataclass(frozen=True)
class RiskReason:
    """The rule that raised the risk and the words it saw."""

    rule: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Intent:
    """Primary intent with its calibrated confidence (0..1) and the ranking behind it."""

    name: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()

    @property
    def group(self) -> str:
        """Service group (K23) of the intent."""
        return GROUP_OF.get(self.name, "hospitality")


@dataclass(frozen=True)
class Emotion:
    """Emotion label, confidence (0..1) and intensity (0 none .. 3 strong)."""

    name: str
    confidence: float
    intensity: float
    ranking: tuple[tuple[str, float], ...] = ()

    @property
    def upset(self) -> bool:
        """Whether the customer feels bad (K8: feelings come before facts)."""
        return self.name in UPSET and self.intensity > 0


@dataclass(frozen=True)
class Risk:
    """0 none, 1 losing trust, 2 threatens to escalate, expose, sue or leave, or is abusive."""

    level: int = 0
    reasons: tuple[RiskReason, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """Everything read from one customer message."""

    text: str
    language: str
    intent: Intent
    emotion: Emotion
    is_complaint: bool
    risk: Risk = Risk()
    evidence: tuple[Evidence, ...] = ()
    entities: tuple[Entity, ...] = ()
    signals: tuple[Mapping[str, Any], ...] = field(default=())
    situations: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form (the reverse of :func:`analysis_from_parse`)."""
        return asdict(self)


def _ranking(items: Any) -> tuple[tuple[str, float], ...]:
    return tuple((str(r["name"]), float(r["confidence"])) for r in items or ())


def _entities(items: Any) -> tuple[Entity, ...]:
    return tuple(
        Entity(e["entity"], e.get("text") or str(e.get("value")), e["start"], e["end"], e.get("value"))
        for e in items or ()
        if "start" in e
    )


def analysis_from_parse(parse: Mapping[str, Any]) -> Analysis:
    """Build an :class:`Analysis` from Rasa's parse data (``tracker.latest_message``).

    A message parsed without our own components (a story file, ``/intent`` shorthand) lacks emotion,
    risk and evidence: it reads as neutral, which is what Rasa's own tests expect.
    """
    intent = parse.get("intent") or {}
    emotion = parse.get("emotion") or {}
    risk = parse.get("risk") or {}
    return Analysis(
        text=str(parse.get("text") or ""),
        language=str(parse.get("language") or "zh"),
        intent=Intent(
            str(intent.get("name") or "out_of_scope"),
            float(intent.get("confidence") or 0.0),
            _ranking(parse.get("intent_ranking")),
        ),
        emotion=Emotion(
            str(emotion.get("name") or "neutral"),
            float(emotion.get("confidence") or 0.0),
            float(emotion.get("intensity") or 0.0),
            _ranking(emotion.get("ranking")),
        ),
        is_complaint=bool(parse.get("is_complaint")),
        risk=Risk(int(risk.get("level") or 0), tuple(RiskReason(**r) for r in risk.get("reasons") or ())),
        evidence=tuple(Evidence(**e) for e in parse.get("personality_evidence") or ()),
        entities=_entities(parse.get("entities")),
        signals=tuple(parse.get("signals") or ()),
        situations=_ranking(parse.get("situation_ranking")),
    )
