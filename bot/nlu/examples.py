"""What the training data says about a message: labels, and the agent's line it answers."""

from __future__ import annotations

from typing import Any

from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.core.labels import EMOTIONS, INTENTS

METADATA = "metadata"
AGENT_KEY = "agent"
MAX_CONTEXT = 200
_REQUIRED = ("emotion", "intensity", "complaint", "risk")


class TrainingDataError(RasaException):
    """The training data cannot train a component; the message names the label or the example."""


def labels_of(message: Message) -> dict[str, Any]:
    """The labels of a training example: the block's ``metadata`` with the example's own on top."""
    metadata = message.get(METADATA) or {}
    labels: dict[str, Any] = {}
    for level in ("intent", "example"):
        found = metadata.get(level)
        if isinstance(found, dict):
            labels.update(found)
    return labels


def agent_line(message: Message) -> str:
    """The agent's line before this message: a label in training, message metadata at run time."""
    metadata = message.get(METADATA) or {}
    source = labels_of(message) or metadata
    return str(source.get(AGENT_KEY) or "")[-MAX_CONTEXT:]


def task_labels(example: Message) -> dict[str, str]:
    """Label of every task that a training example teaches.

    Raises:
        TrainingDataError: naming the example, for a label outside the sets, a missing one, or an intensity that
            contradicts the emotion.
    """
    text = str(example.get(TEXT))[:30]
    intent, label = str(example.get(INTENT)), labels_of(example)
    if intent not in INTENTS:
        raise TrainingDataError(f"'{text}': intent '{intent}' is outside the label set")
    missing = [key for key in _REQUIRED if key not in label]
    if missing:
        raise TrainingDataError(f"'{text}': metadata lacks {', '.join(missing)}")
    if label["emotion"] not in EMOTIONS:
        raise TrainingDataError(f"'{text}': emotion '{label['emotion']}' is outside the label set")
    intensity = float(label["intensity"])
    if (label["emotion"] == "neutral") != (intensity == 0):
        raise TrainingDataError(f"'{text}': intensity {intensity:g} contradicts emotion {label['emotion']}")
    tasks = {
        "intent": intent,
        "emotion": str(label["emotion"]),
        "complaint": str(int(label["complaint"])),
        "risk": str(int(label["risk"])),
    }
    if intensity:
        tasks["intensity"] = str(max(1, min(3, round(intensity))))
    return tasks
