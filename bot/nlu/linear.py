"""A calibrated linear softmax model over rows with a sparse and a dense block; plain arrays, no pickle."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from rasa.shared.exceptions import RasaException
from scipy.optimize import minimize

HOLDOUT = 0.15
SEED = 20
TOLERANCE = 1e-5

Floats = npt.NDArray[np.float32]


class TrainingDataError(RasaException):
    """The training data cannot train a component; the message names the label or the example."""


class Rows(NamedTuple):
    """Feature rows of n messages: ``sparse`` (n, s) n-gram counts, ``dense`` (n, d) vectors and signals.

    Kept apart because a dense block inside a sparse matrix makes training ten times slower.
    """

    sparse: sp.csr_matrix
    dense: Floats

    def take(self, index: npt.NDArray[np.int64]) -> Rows:
        """The rows at ``index``."""
        return Rows(self.sparse[index], self.dense[index])


@dataclass(frozen=True)
class LinearModel:
    """Weights of shape (features, classes) for both blocks, ``bias`` (classes,), ``temperature`` > 0."""

    classes: tuple[str, ...]
    sparse_weights: Floats
    dense_weights: Floats
    bias: Floats
    temperature: float = 1.0

    def probabilities(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Calibrated probabilities, shape (n, classes)."""
        if rows.sparse.shape[1] != len(self.sparse_weights) or rows.dense.shape[1] != len(self.dense_weights):
            raise TrainingDataError(
                f"the pipeline gives {rows.sparse.shape[1]} + {rows.dense.shape[1]} features, the model was trained "
                f"on {len(self.sparse_weights)} + {len(self.dense_weights)}: train again"
            )
        if rows.sparse.shape[0] == 1:  # one message: gather its few rows instead of a sparse product
            counts = rows.sparse.data @ self.sparse_weights[rows.sparse.indices]
        else:
            counts = rows.sparse @ self.sparse_weights
        logits = (counts + rows.dense @ self.dense_weights + self.bias).astype(np.float64) / self.temperature
        return _softmax(logits.reshape(rows.sparse.shape[0], len(self.classes)))

    def ranking(self, row: Rows) -> list[tuple[str, float]]:
        """Labels of one row with probabilities, best first."""
        p = self.probabilities(row)[0]
        return [(self.classes[i], float(p[i])) for i in np.argsort(-p)]

    def save(self, path: Path) -> None:
        """Write ``path`` (.npz)."""
        np.savez_compressed(
            path,
            classes=np.asarray(self.classes),
            sparse=self.sparse_weights.astype(np.float16),
            dense=self.dense_weights.astype(np.float16),
            bias=self.bias,
            temperature=np.asarray(self.temperature),
        )

    @classmethod
    def read(cls, path: Path) -> LinearModel:
        """Read what :meth:`save` wrote. Raises OSError or ValueError when it is damaged."""
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(
                    tuple(map(str, data["classes"])),
                    np.ascontiguousarray(data["sparse"], dtype=np.float32),
                    np.ascontiguousarray(data["dense"], dtype=np.float32),
                    data["bias"].astype(np.float32),
                    float(data["temperature"]),
                )
        except (EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{path} is damaged: {error}") from error


def _softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True), dtype=np.float64)


def fit(rows: Rows, labels: Sequence[str], *, c: float, max_iter: int, balanced: bool = False) -> LinearModel:
    """Train and calibrate a multinomial logistic regression.

    A first fit on 85 % of the rows, with half the iterations, gives the temperature on the rest; the second, on all
    rows, starts from it.

    Args:
        c: inverse strength of the L2 penalty.
        balanced: weigh every class alike instead of every example.

    Raises:
        TrainingDataError: with fewer than two labels, or fewer than two examples of one.
    """
    names, target, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise TrainingDataError(f"training needs at least two labels, found {list(map(str, names))}")
    rare = [str(n) for n, k in zip(names, counts) if k < 2]
    if rare:
        raise TrainingDataError(f"labels with fewer than two training examples: {', '.join(rare)}")
    weights = (len(target) / (len(names) * counts))[target] if balanced else np.ones(len(target))
    classes = tuple(map(str, names))
    order = np.random.default_rng(SEED).permutation(len(target))
    held = order[: int(HOLDOUT * len(order))]
    kept = np.setdiff1d(order, held)
    first: LinearModel | None = None
    temperature = 1.0
    if len(held) and set(target[kept]) == set(target):
        first = _minimize(rows.take(kept), target[kept], weights[kept], classes, c, max_iter // 2, None)
        temperature = _temperature(first, rows.take(held), target[held])
    final = _minimize(rows, target, weights, classes, c, max_iter, first)
    return LinearModel(classes, final.sparse_weights, final.dense_weights, final.bias, temperature)


def _minimize(
    rows: Rows,
    target: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    classes: tuple[str, ...],
    c: float,
    max_iter: int,
    start: LinearModel | None,
) -> LinearModel:
    sparse = rows.sparse.astype(np.float32)
    transposed, dense = sp.csr_matrix(sparse.T), rows.dense
    k, s, d = len(classes), sparse.shape[1], dense.shape[1]
    picked = np.arange(len(target))
    scale = weights[:, np.newaxis].astype(np.float32)

    def unpack(flat: npt.NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
        table = flat.reshape(s + d + 1, k).astype(np.float32)
        return table[:s], table[s : s + d], table[s + d]

    def objective(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        sparse_weights, dense_weights, bias = unpack(flat)
        p = _softmax((sparse @ sparse_weights + dense @ dense_weights + bias).astype(np.float64))
        loss = -float((weights * np.log(np.maximum(p[picked, target], 1e-12))).sum())
        error = p.astype(np.float32)
        error[picked, target] -= 1.0
        error *= scale
        gradient = np.vstack([transposed @ error, dense.T @ error, error.sum(axis=0, keepdims=True)])
        penalized = flat.copy()
        penalized[-k:] = 0.0  # the bias is free
        value = c * loss + 0.5 * float(penalized @ penalized)
        return value, c * gradient.ravel().astype(np.float64) + penalized

    if start is None:
        initial = np.zeros((s + d + 1) * k)
    else:
        initial = (
            np.vstack([start.sparse_weights, start.dense_weights, start.bias]).ravel().astype(np.float64)
        )
    options = {"maxiter": max_iter, "maxcor": 8, "ftol": TOLERANCE * 1e-2, "gtol": TOLERANCE}
    found = minimize(objective, initial, jac=True, method="L-BFGS-B", options=options)
    return LinearModel(classes, *unpack(found.x))


def _temperature(model: LinearModel, rows: Rows, target: npt.NDArray[np.int64]) -> float:
    """The temperature with the least negative log-likelihood on held-out rows."""

    def loss(candidate: float) -> float:
        scaled = LinearModel(model.classes, model.sparse_weights, model.dense_weights, model.bias, candidate)
        p = scaled.probabilities(rows)[np.arange(len(target)), target]
        return float(-np.log(np.maximum(p, 1e-9)).mean())

    return float(min(np.geomspace(0.4, 3.0, 25), key=loss))
