"""Rule signals of a message: risk with reasons, personality evidence, difficult customers, opportunities."""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.core.content import Hit, Rule, search
from bot.nlu.library import library
from bot.nlu.normalizer import TIMING, ensure_normalized, original_span
from bot.nlu.reader import RISK_SCORES

FILE = "rules.json"
HIGH = 2
_FIELDS = ("id", "label", "weight", "note", "suggestion")


def _dump(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(rule, name) for name in _FIELDS},
            "pattern": rule.pattern.pattern,
            "unless": rule.unless.pattern if rule.unless else None,
        }
        for rule in rules
    ]


def _restore(records: list[dict[str, Any]]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            pattern=re.compile(r["pattern"]),
            unless=re.compile(r["unless"]) if r["unless"] else None,
            **{name: r[name] for name in _FIELDS},
        )
        for r in records
    )


def _content_rules(kinds: tuple[str, ...]) -> dict[str, tuple[Rule, ...]]:
    content = library()
    return {kind: content.signals.get(kind, ()) for kind in kinds}


class _RuleComponent(GraphComponent):
    """Shared life cycle: rules are read from the content at training and travel with the model."""

    KINDS: tuple[str, ...] = ()

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        rules: dict[str, tuple[Rule, ...]] | None = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._rules = rules or {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _RuleComponent:
        """A component without rules yet."""
        return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Hash of the rules in the content, so that an edited rule file retrains this component."""
        dumped = {kind: _dump(rules) for kind, rules in _content_rules(cls.KINDS).items()}
        return hashlib.sha256(json.dumps(dumped, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Read and persist the rules."""
        self._rules = _content_rules(self.KINDS)
        with self._model_storage.write_to(self._resource) as directory:
            dumped = {kind: _dump(rules) for kind, rules in self._rules.items()}
            (directory / FILE).write_text(json.dumps(dumped, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> _RuleComponent:
        """Restore the rules the model was trained with."""
        with model_storage.read_from(resource) as directory:
            dumped = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(model_storage, resource, {kind: _restore(records) for kind, records in dumped.items()})

    def _hits(self, kind: str, message: Message) -> list[tuple[Hit, int, int]]:
        """Hits over the normalised text with their spans in the original."""
        text, offsets = ensure_normalized(message)
        return [
            (hit, *original_span(offsets, hit.start, hit.end))
            for hit in search(self._rules.get(kind, ()), text)
        ]

    def _original(self, message: Message, start: int, end: int) -> str:
        return str(message.get("text") or "")[start:end]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RiskClassifier(_RuleComponent):
    """Risk level 0–2 with the rule and the words behind it.

    Where no rule finds level 2 but the reader is confident enough of it, the level is 2 and the reason is the whole
    message under the rule id ``reader.risk``.
    """

    KINDS = ("risk",)
    READ_AS_HIGH = 0.5
    """The reader's probability of level 2 from which it counts (development set: no false alarm)."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``risk`` {level, reasons}."""
        for message in messages:
            hits = self._hits("risk", message)
            reasons = [
                {"rule": hit.rule.id, "text": self._original(message, start, end), "start": start, "end": end}
                for hit, start, end in hits
            ]
            level = max((int(hit.rule.label) for hit, _, _ in hits), default=0)
            read = {r["name"]: r["confidence"] for r in message.get(RISK_SCORES) or ()}
            if level < HIGH and read.get(str(HIGH), 0.0) >= self.READ_AS_HIGH:
                level = HIGH
                text = str(message.get("text") or "")
                reasons.append({"rule": "reader.risk", "text": text, "start": 0, "end": len(text)})
            message.set("risk", {"level": level, "reasons": reasons}, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PersonalityEvidence(_RuleComponent):
    """Words that hint at a personality (K1), at a difficult customer (K17) or at an opportunity (K21)."""

    KINDS = ("personality", "difficult", "opportunity")

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``personality_evidence`` and ``signals``; the last component, so it also closes the timing."""
        for message in messages:
            evidence = [
                {
                    "type": hit.rule.label,
                    "text": self._original(message, start, end),
                    "start": start,
                    "end": end,
                    "weight": hit.rule.weight,
                    "message_id": str(message.get("message_id") or ""),
                }
                for hit, start, end in self._hits("personality", message)
            ]
            message.set("personality_evidence", evidence, add_to_output=True)
            signals = [
                {
                    "kind": kind,
                    "label": hit.rule.label,
                    "text": self._original(message, start, end),
                    "start": start,
                    "end": end,
                    "next_move": hit.rule.suggestion,
                }
                for kind in ("difficult", "opportunity")
                for hit, start, end in self._hits(kind, message)
            ]
            message.set("signals", signals, add_to_output=True)
            timing = dict(message.get(TIMING) or {"started": time.time()})
            timing["nlu_done"] = time.time()
            message.set(TIMING, timing, add_to_output=True)
        return messages
