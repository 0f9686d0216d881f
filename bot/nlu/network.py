"""One small network reads a message: intent, emotion, intensity, complaint, risk and situation share its encoder.

Inputs: the tuned sentence vector, the vector of the agent's line before it, surface signals and character n-grams;
one linear layer over all of them gives the logits of every task. Source of the layout: docs/adr/0003.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.nlu.encoder import DIMENSION, Encoder, pieces
from bot.nlu.surface import NAMES as SURFACE_NAMES
from bot.nlu.surface import surface

Floats = npt.NDArray[np.float32]

TASKS = ("intent", "emotion", "intensity", "complaint", "risk", "situation")
WITHOUT_GRAMS = "situation"
"""Many labels with few examples each: n-grams would only be learnt by heart. The last task, so its logits come last."""
MAX_AGENT = 40
"""Characters of the agent's line that are encoded: its end, where the question stands."""
MAX_RANKED = 40
"""Labels of one task in a reading: all of them, but for the situations."""
GRAM_SIZES = (1, 2, 3, 4)
MIN_COUNT = 3
TEXT_SCALE, AGENT_SCALE, SURFACE_SCALE = 4.0, 2.0, 0.5
DENSE = DIMENSION + DIMENSION + 1 + len(SURFACE_NAMES)


def grams(text: str) -> list[str]:
    """Character 1- to 4-grams of the text without spaces."""
    joined = "".join(text.split())
    return [joined[i : i + n] for n in GRAM_SIZES for i in range(len(joined) - n + 1)]


def gram_vocabulary(texts: Iterable[str]) -> tuple[str, ...]:
    """N-grams found in at least ``MIN_COUNT`` texts, sorted."""
    counts: dict[str, int] = {}
    for text in texts:
        for gram in set(grams(text)):
            counts[gram] = counts.get(gram, 0) + 1
    return tuple(sorted(gram for gram, count in counts.items() if count >= MIN_COUNT))


def gram_counts(text: str, index: Mapping[str, int]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Columns and sub-linear counts (unit length) of the known n-grams of a text."""
    counts: dict[int, int] = {}
    for gram in grams(text):
        column = index.get(gram)
        if column is not None:
            counts[column] = counts.get(column, 0) + 1
    columns = np.fromiter(counts, dtype=np.int64, count=len(counts))
    values = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    norm = float(np.sqrt(values @ values))
    return columns, (values / norm if norm else values).astype(np.float32)


def agent_pieces(agent_line: str) -> list[int]:
    """Piece ids of the end of the agent's line; none without a line."""
    line = agent_line.strip()[-MAX_AGENT:]
    return pieces(line) if line else []


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Probabilities over the last axis."""
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=-1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True)
class Network:
    """The trained network.

    Attributes:
        labels: labels of each task, in the order of its logits; the tasks' logits lie side by side.
        encoder: weights of :class:`Encoder`.
        dense: (DENSE, logits) weights of text vector, agent vector, presence of an agent line, surface signals.
        gram_weights: (n-grams, logits of all tasks but the last); ``vocabulary`` names the rows.
        bias: (logits,).
        temperatures: by task; dividing by it makes the probabilities honest.
    """

    labels: Mapping[str, tuple[str, ...]]
    encoder: Mapping[str, Floats]
    dense: Floats
    vocabulary: tuple[str, ...]
    gram_weights: Floats
    bias: Floats
    temperatures: Mapping[str, float]

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.encoder)

    @cached_property
    def _gram_index(self) -> dict[str, int]:
        return {gram: i for i, gram in enumerate(self.vocabulary)}

    def _agent_vector(self, agent_line: str) -> Floats:
        ids = agent_pieces(agent_line)
        return self._encoder.encode(ids) if ids else np.zeros(DIMENSION, dtype=np.float32)

    @cached_property
    def _cached_agent_vector(self):  # type: ignore[no-untyped-def]  # lru_cache of a bound method
        return lru_cache(maxsize=256)(self._agent_vector)

    def logits(self, text: str, agent_line: str = "") -> npt.NDArray[np.float64]:
        """Uncalibrated logits of all tasks for one normalised text."""
        agent = self._cached_agent_vector(agent_line.strip()[-MAX_AGENT:])
        features = np.empty(DENSE, dtype=np.float32)
        features[:DIMENSION] = TEXT_SCALE * self._encoder.encode(pieces(text))
        features[DIMENSION : 2 * DIMENSION] = AGENT_SCALE * agent
        features[2 * DIMENSION] = 1.0 if agent_line.strip() else 0.0
        features[2 * DIMENSION + 1 :] = SURFACE_SCALE * surface(text, agent_line)
        columns, values = gram_counts(text, self._gram_index)
        logits = (features @ self.dense + self.bias).astype(np.float64)
        logits[: self.gram_weights.shape[1]] += values @ self.gram_weights[columns]
        return np.asarray(logits)

    def read(self, text: str, agent_line: str = "") -> dict[str, list[tuple[str, float]]]:
        """For each task its labels with calibrated probabilities, best first."""
        logits = self.logits(text, agent_line)
        found: dict[str, list[tuple[str, float]]] = {}
        for task, start, end in self.spans:
            names = self.labels[task]
            p = softmax(logits[start:end] / self.temperatures.get(task, 1.0))
            found[task] = [(names[i], float(p[i])) for i in np.argsort(-p)[:MAX_RANKED]]
        return found

    @cached_property
    def spans(self) -> list[tuple[str, int, int]]:
        """Where the logits of each task with labels lie."""
        return spans_of(self.labels)

    def save(self, path: Path) -> None:
        """Write ``path`` (.npz, half precision)."""
        arrays = {f"encoder.{name}": w.astype(np.float16) for name, w in self.encoder.items() if w.ndim}
        meta = {
            "labels": {task: list(names) for task, names in self.labels.items()},
            "temperatures": dict(self.temperatures),
            "eps": float(self.encoder["eps"]),
            "vocabulary": list(self.vocabulary),
        }
        np.savez_compressed(
            path,
            meta=np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8),
            dense=self.dense.astype(np.float16),
            grams=self.gram_weights.astype(np.float16),
            bias=self.bias,
            **arrays,
        )

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read what :meth:`save` wrote. Raises OSError or ValueError when it is damaged."""
        try:
            with np.load(path, allow_pickle=False) as data:
                meta = json.loads(data["meta"].tobytes().decode())
                prefix = "encoder."
                encoder = {
                    k[len(prefix) :]: data[k].astype(np.float32) for k in data.files if k.startswith(prefix)
                }
                encoder["eps"] = np.float32(meta["eps"])
                return cls(
                    {task: tuple(names) for task, names in meta["labels"].items()},
                    encoder,
                    data["dense"].astype(np.float32),
                    tuple(meta["vocabulary"]),
                    data["grams"].astype(np.float32),
                    data["bias"].astype(np.float32),
                    meta["temperatures"],
                )
        except (EOFError, KeyError, zipfile.BadZipFile, zlib.error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error


def spans_of(labels: Mapping[str, Sequence[str]]) -> list[tuple[str, int, int]]:
    """Task, first logit and end of its logits, in the order of ``TASKS``; tasks without labels are left out."""
    spans: list[tuple[str, int, int]] = []
    start = 0
    for task in TASKS:
        if labels.get(task):
            end = start + len(labels[task])
            spans.append((task, start, end))
            start = end
    return spans
