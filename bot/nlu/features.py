"""The feature rows both classifiers share: n-gram counts beside sentence vectors and surface signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.linear import Rows
from bot.nlu.normalizer import ensure_normalized
from bot.nlu.surface import surface

METADATA = "metadata"
AGENT_KEY = "agent"
MAX_CONTEXT = 200
DENSE_WEIGHT = 2.0
SURFACE_WEIGHT = 0.5
"""Scales of the blocks beside the unit-length counts, chosen on the development set (docs/nlu.md)."""
_ROW = "assist_feature_row"


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


def feature_row(message: Message) -> Rows:
    """The row of one message; it stays on the message, so the second classifier does not build it again."""
    cached = message.get(_ROW)
    if isinstance(cached, Rows):
        return cached
    signals = SURFACE_WEIGHT * surface(ensure_normalized(message)[0], agent_line(message))
    vector = message.get_dense_features(TEXT)[1]
    blocks = [signals] if vector is None else [DENSE_WEIGHT * vector.features[0], signals]
    row = Rows(_counts(message), np.concatenate(blocks)[np.newaxis, :].astype(np.float32))
    message.set(_ROW, row)
    return row


def _counts(message: Message) -> sp.csr_matrix:
    """Sub-linear n-gram counts of unit length, shape (1, vocabulary)."""
    features = message.get_sparse_features(TEXT)[1]
    if features is None:
        return sp.csr_matrix((1, 0), dtype=np.float32)
    counts = sp.csr_matrix(features.features, dtype=np.float32)
    counts.data = 1.0 + np.log(counts.data)
    norm = float(np.sqrt((counts.data**2).sum()))
    if norm:
        counts.data /= norm
    return counts


def feature_rows(messages: Sequence[Message]) -> Rows:
    """Rows of all messages."""
    rows = [feature_row(message) for message in messages]
    return Rows(
        sp.csr_matrix(sp.vstack([row.sparse for row in rows], format="csr")),
        np.vstack([row.dense for row in rows]),
    )
