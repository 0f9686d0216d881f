"""``rasa train`` of both pipelines, each in a process of its own with Rasa's cache off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import PYTHON, ROOT, BenchError, environment, run, tail

TIMEOUT_S = 1_000.0


@dataclass(frozen=True)
class Trained:
    """A trained model and what it cost."""

    model: Path
    seconds: float
    peak_mb: float
    log: str


def train(name: str, folder: Path, config: Path, domain: Path, data: Sequence[Path]) -> Trained:
    """Train NLU and dialogue together. Raises :class:`~bench.processes.BenchError` with the end of the log."""
    command = [
        *(PYTHON, "-m", "rasa", "train", "--force", "--skip-validation"),
        *("--config", str(config), "--domain", str(domain), "--data", *map(str, data)),
        *("--out", str(folder), "--fixed-model-name", name),
    ]
    env = environment(RASA_MAX_CACHE_SIZE="0", RASA_CACHE_DIRECTORY=str(folder / f"cache-{name}"))
    log = folder / f"train-{name}.log"
    done = run(command, env, log, TIMEOUT_S)
    model = folder / f"{name}.tar.gz"
    if not model.is_file():
        raise BenchError(f"rasa train made no {model.name}\n{tail(log)}")
    return Trained(model, done.seconds, done.peak_mb, done.output)


def train_product(folder: Path) -> Trained:
    """Train the project as it is checked out."""
    return train("product", folder, ROOT / "config.yml", ROOT / "domain.yml", [ROOT / "data"])
