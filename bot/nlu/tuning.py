"""Training the network: encoder and output layer together, with Adam, in TensorFlow (which Rasa brings along)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.encoder import BRANCH_DIMENSION, BRANCHES, DIMENSION, Encoder, is_lower, pieces, start_weights
from bot.nlu.network import (
    AGENT_SCALE,
    DENSE,
    SURFACE_SCALE,
    TEXT_SCALE,
    WITHOUT_GRAMS,
    Network,
    agent_pieces,
    gram_counts,
    gram_vocabulary,
    softmax,
    spans_of,
)
from bot.nlu.surface import surface

logger = logging.getLogger(__name__)
Floats = npt.NDArray[np.float32]
Halfs = npt.NDArray[np.float16]

SEED = 20
BATCH = 64
BUCKET = 16
"""Batches are cut from stretches of this many batches sorted by length, so that little is padded."""
HELD_OUT = 0.08
RATE, OUTPUT_RATE, GRAM_RATE = 7e-4, 3e-3, 5e-3
"""Peak learning rates of encoder, output layer and n-gram weights."""
WARM_UP = 0.1
DECAY = 0.01
DROPOUT = 0.1
MAX_PIECES = 110
LOWER = DIMENSION + len(BRANCHES) * BRANCH_DIMENSION
TASK_WEIGHTS = {
    "intent": 1.0,
    "emotion": 0.7,
    "intensity": 0.3,
    "complaint": 0.5,
    "risk": 0.4,
    "situation": 0.3,
}
BALANCED = "emotion"
"""The task whose rare labels weigh more (by the square root of their rarity)."""


@dataclass(frozen=True)
class Sample:
    """One training message; a task missing from ``labels`` is not learnt from it."""

    text: str
    agent_line: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Table:
    """All samples as arrays: ``targets`` (n, tasks) hold label numbers or -1.

    ``texts`` and ``agents`` are (pieces, 1280) in half precision: piece vectors and the encoder's first layer, which is not
    trained and therefore reckoned once.
    """

    texts: list[Halfs]
    agents: list[Halfs]
    surface: Floats
    grams: list[tuple[npt.NDArray[np.int64], Floats]]
    targets: npt.NDArray[np.int64]


def tune(samples: Sequence[Sample], labels: Mapping[str, tuple[str, ...]], *, epochs: int) -> Network:
    """Train on the samples; a held-out part of them gives the temperatures.

    Args:
        labels: for each task its labels.
        epochs: passes over the samples.
    """
    spans = spans_of(labels)
    vocabulary = gram_vocabulary(sample.text for sample in samples)
    table = _table(samples, labels, spans, {gram: i for i, gram in enumerate(vocabulary)})
    order = np.random.default_rng(SEED).permutation(len(samples))
    held, kept = np.split(order, [int(HELD_OUT * len(order))])
    trainer = _Trainer(table, spans, len(vocabulary))
    trainer.fit(kept, epochs)
    network = Network(labels, *trainer.weights(vocabulary), temperatures={})
    return Network(
        labels,
        network.encoder,
        network.dense,
        vocabulary,
        network.gram_weights,
        network.bias,
        _temperatures(trainer, table, held, spans),
    )


def _table(
    samples: Sequence[Sample],
    labels: Mapping[str, tuple[str, ...]],
    spans: Sequence[tuple[str, int, int]],
    index: Mapping[str, int],
) -> _Table:
    numbers = {task: {name: i for i, name in enumerate(labels[task])} for task, _, _ in spans}
    targets = np.full((len(samples), len(spans)), -1, dtype=np.int64)
    for row, sample in enumerate(samples):
        for column, (task, _, _) in enumerate(spans):
            if task in sample.labels:
                targets[row, column] = numbers[task][sample.labels[task]]
    encoder = Encoder(start_weights())

    @cache
    def lower(ids: tuple[int, ...]) -> Halfs:
        return np.hstack(encoder.lower(ids)).astype(np.float16)

    nothing = np.zeros((0, LOWER), dtype=np.float16)
    agents = [tuple(agent_pieces(s.agent_line)) for s in samples]
    return _Table(
        [lower(tuple(pieces(s.text)[:MAX_PIECES])) for s in samples],
        [lower(ids) if ids else nothing for ids in agents],
        np.stack([surface(s.text, s.agent_line) for s in samples]),
        [gram_counts(s.text, index) for s in samples],
        targets,
    )


class _Trainer:
    """Variables, the forward pass and Adam."""

    def __init__(self, table: _Table, spans: Sequence[tuple[str, int, int]], n_grams: int) -> None:
        import tensorflow as tf

        tf.random.set_seed(SEED)
        self._tf = tf
        self._table = table
        self._spans = spans
        self._n_grams = n_grams
        logits = spans[-1][2]
        weights = start_weights()
        self._eps = float(weights["eps"])
        self._fixed = {name: w for name, w in weights.items() if is_lower(name) or name == "eps"}
        self._encoder = {name: tf.Variable(w) for name, w in weights.items() if name not in self._fixed}
        self._dense = tf.Variable(tf.zeros((DENSE, logits)))
        with_grams = max(end for task, _, end in spans if task != WITHOUT_GRAMS)
        self._rest = logits - with_grams
        self._grams = tf.Variable(tf.zeros((n_grams, with_grams)))
        self._bias = tf.Variable(tf.zeros((logits,)))
        self._variables = [*self._encoder.values(), self._dense, self._bias, self._grams]
        self._rates = [RATE] * len(self._encoder) + [OUTPUT_RATE, OUTPUT_RATE, GRAM_RATE]
        self._moments = [
            (tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in self._variables
        ]
        self._balance = self._label_weights()
        self._step = tf.function(self._one_step, reduce_retracing=True)
        self._forward = tf.function(self._logits, reduce_retracing=True)

    def _label_weights(self) -> dict[str, Any]:
        weights: dict[str, Any] = {}
        for column, (task, start, end) in enumerate(self._spans):
            values = np.ones(end - start, dtype=np.float32)
            if task == BALANCED:
                counts = np.bincount(
                    self._table.targets[self._table.targets[:, column] >= 0, column], minlength=end - start
                )
                values = np.sqrt(counts.sum() / (len(counts) * np.maximum(counts, 1))).astype(np.float32)
            weights[task] = self._tf.constant(values)
        return weights

    def fit(self, rows: npt.NDArray[np.int64], epochs: int) -> None:
        """Run Adam with one warm-up and a cosine fall of the rates."""
        rng = np.random.default_rng(SEED)
        total = epochs * (-(-len(rows) // BATCH))
        done = 0
        for epoch in range(epochs):
            losses = []
            for batch in self._batches(rows, rng):
                progress = done / total
                rate = (
                    progress / WARM_UP
                    if progress < WARM_UP
                    else 0.5 * (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP)))
                )
                done += 1
                inputs = self._inputs(batch)
                targets = self._tf.constant(self._table.targets[batch])
                losses.append(
                    float(self._step(*inputs, targets, np.float32(max(rate, 0.01)), np.float32(done)))
                )
            logger.info("epoch %d of %d: loss %.3f", epoch + 1, epochs, np.mean(losses))

    def _batches(
        self, rows: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> Iterator[npt.NDArray[np.int64]]:
        order = rng.permutation(rows)
        batches: list[npt.NDArray[np.int64]] = []
        for start in range(0, len(order), BATCH * BUCKET):
            stretch = sorted(order[start : start + BATCH * BUCKET], key=lambda r: len(self._table.texts[r]))
            batches += [np.asarray(stretch[i : i + BATCH]) for i in range(0, len(stretch), BATCH)]
        for i in rng.permutation(len(batches)):
            yield batches[i]

    def _inputs(self, rows: npt.NDArray[np.int64]) -> tuple[Any, ...]:
        tf, table = self._tf, self._table
        speaking = [i for i, r in enumerate(rows) if len(table.agents[r])]
        text = self._padded([table.texts[r] for r in rows])
        agent = self._padded([table.agents[rows[i]] for i in speaking])
        places_of_agents = tf.constant(np.asarray(speaking, dtype=np.int32))
        counts = [table.grams[r] for r in rows]
        places = [(i, int(c)) for i, (columns, _) in enumerate(counts) for c in sorted(columns)]
        values = [float(v) for columns, vs in counts for _, v in sorted(zip(columns, vs))]
        sparse = tf.SparseTensor(
            np.asarray(places, dtype=np.int64).reshape(-1, 2),
            np.asarray(values, np.float32),
            (len(rows), self._n_grams),
        )
        return *text, *agent, places_of_agents, tf.constant(table.surface[rows]), sparse

    def _padded(self, blocks: Sequence[Halfs]) -> tuple[Any, Any]:
        """Inputs (batch, longest, 1280) and lengths (batch,)."""
        lengths = np.asarray([len(b) for b in blocks], dtype=np.int32)
        result = np.zeros((len(blocks), max(1, lengths.max(initial=1)), LOWER), dtype=np.float16)
        for i, block in enumerate(blocks):
            result[i, : len(block)] = block
        return self._tf.constant(result), self._tf.constant(lengths)

    def _vector(self, inputs: Any, lengths: Any, dropout: float = 0.0) -> Any:
        """Sentence vectors (batch, 512); the same sums as :class:`bot.nlu.encoder.Encoder` from the first layer on."""
        tf, w = self._tf, self._encoder
        mask = tf.sequence_mask(lengths, tf.shape(inputs)[1], tf.float32)[:, :, tf.newaxis]
        inputs = tf.cast(inputs, tf.float32)
        if dropout:
            inputs = tf.nn.dropout(inputs, dropout)
        blocks = [inputs[:, :, :DIMENSION]]
        for number, (window, left) in enumerate(BRANCHES):
            start = DIMENSION + number * BRANCH_DIMENSION
            x = inputs[:, :, start : start + BRANCH_DIMENSION]
            kernel = tf.reshape(w[f"w2_{window}"], (window, BRANCH_DIMENSION, BRANCH_DIMENSION))
            padded = tf.pad(x, [[0, 0], [left, window - 1 - left], [0, 0]])
            blocks.append(x + tf.nn.relu(tf.nn.conv1d(padded, kernel, 1, "VALID") + w[f"b2_{window}"]))
        tokens = self._normalized(tf.concat(blocks, -1), w["ln_g"], w["ln_b"]) * mask
        count = tf.maximum(tf.reduce_sum(mask, 1), 1.0)
        pooled = (tf.reduce_sum(tokens, 1) @ w["cnn_W"] + count * w["cnn_b"]) / tf.sqrt(count)
        y0 = tf.nn.relu(pooled @ w["d0"])
        y1 = tf.nn.relu(pooled @ w["p1"] + y0 @ w["d1"])
        z = tf.tanh(y1 @ w["p3"] + tf.nn.relu(y1 @ w["d2"]) @ w["d3"])
        return tf.math.l2_normalize(z, -1, epsilon=self._eps)

    def _normalized(self, x: Any, gain: Any, shift: Any) -> Any:
        tf = self._tf
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + self._eps) * gain + shift

    def _logits(
        self,
        text: Any,
        text_lengths: Any,
        agent: Any,
        agent_lengths: Any,
        places: Any,
        signals: Any,
        counts: Any,
        *,
        dropout: float = 0.0,
    ) -> Any:
        tf = self._tf
        batch = tf.shape(text)[0]
        where = places[:, tf.newaxis]
        vectors = tf.stop_gradient(self._vector(agent, agent_lengths))
        agent_vector = tf.scatter_nd(where, vectors, (batch, DIMENSION))
        has_agent = tf.scatter_nd(where, tf.ones((tf.shape(places)[0], 1)), (batch, 1))
        features = tf.concat(
            [
                TEXT_SCALE * self._vector(text, text_lengths, dropout),
                AGENT_SCALE * agent_vector,
                has_agent,
                SURFACE_SCALE * signals,
            ],
            -1,
        )
        if dropout:
            features = tf.nn.dropout(features, dropout)
        from_grams = tf.sparse.sparse_dense_matmul(counts, self._grams)
        return features @ self._dense + tf.pad(from_grams, [[0, 0], [0, self._rest]]) + self._bias

    def _loss(self, logits: Any, targets: Any) -> Any:
        tf = self._tf
        total = 0.0
        for column, (task, start, end) in enumerate(self._spans):
            target = targets[:, column]
            known = tf.cast(target >= 0, tf.float32)
            safe = tf.maximum(target, 0)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(safe, logits[:, start:end])
            losses *= known * tf.gather(self._balance[task], safe)
            total += TASK_WEIGHTS[task] * tf.reduce_sum(losses) / BATCH
        return total

    def _one_step(self, *arguments: Any) -> Any:
        tf = self._tf
        *inputs, targets, rate, step = arguments
        with tf.GradientTape() as tape:
            loss = self._loss(self._logits(*inputs, dropout=DROPOUT), targets)
        gradients = tape.gradient(loss, self._variables)
        correction = tf.sqrt(1 - tf.pow(0.999, step)) / (1 - tf.pow(0.9, step))
        for variable, gradient, peak, (first, second) in zip(
            self._variables, gradients, self._rates, self._moments
        ):
            first.assign(0.9 * first + 0.1 * gradient)
            second.assign(0.999 * second + 0.001 * tf.square(gradient))
            change = correction * first / (tf.sqrt(second) + 1e-8) + DECAY * variable
            variable.assign_sub(peak * rate * change)
        return loss

    def logits(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Logits of the rows, shape (len(rows), logits)."""
        parts = [self._forward(*self._inputs(rows[i : i + 256])).numpy() for i in range(0, len(rows), 256)]
        return np.asarray(np.concatenate(parts), dtype=np.float64)

    def weights(
        self, vocabulary: tuple[str, ...]
    ) -> tuple[dict[str, Floats], Floats, tuple[str, ...], Floats, Floats]:
        """Encoder, dense weights, vocabulary, n-gram weights and bias, as :class:`Network` takes them."""
        encoder = {**self._fixed, **{name: v.numpy() for name, v in self._encoder.items()}}
        return encoder, self._dense.numpy(), vocabulary, self._grams.numpy(), self._bias.numpy()


def _temperatures(
    trainer: _Trainer,
    table: _Table,
    held: npt.NDArray[np.int64],
    spans: Sequence[tuple[str, int, int]],
) -> dict[str, float]:
    """For each task the temperature with the least negative log-likelihood on the held-out rows."""
    found: dict[str, float] = {}
    if not len(held):
        return found
    logits = trainer.logits(held)
    for column, (task, start, end) in enumerate(spans):
        known = table.targets[held, column] >= 0
        target = table.targets[held, column][known]
        if not len(target):
            continue
        own = logits[known, start:end]

        def loss(candidate: float, own: Any = own, target: Any = target) -> float:
            p = softmax(own / candidate)[np.arange(len(target)), target]
            return float(-np.log(np.maximum(p, 1e-9)).mean())

        found[task] = float(min(np.geomspace(0.5, 4.0, 25), key=loss))
    return found
