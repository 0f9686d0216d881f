"""``python -m bench``: measure everything once and write ``bench/results.md``."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

try:
    from bench.processes import BenchError
except ModuleNotFoundError as missing:
    sys.exit(f"error: {missing.name} is not installed: run `make setup`")

from bench import server, starter_project
from bench.machine import machine, noise
from bench.processes import worker
from bench.report import markdown
from bench.results import InProcess, Results
from bench.stats import summary_of
from bench.training import Trained, train, train_product

RESULTS = Path(__file__).with_name("results.md")
WORKER_TIMEOUT_S = 600.0
CARDS, AT_ONCE, LENGTH = 360, 400, 1_000
EPOCHS = 3
"""Of the starter: its 100 take hours on two cores; from three the rest is estimated."""
QUICK_EPOCHS, QUICK_SHARE = 2, 10


def main() -> int:
    """Entry point; returns the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a kill ends the children too
    folder = Path(tempfile.mkdtemp(prefix="assist-bench-"))
    try:
        text = markdown(_measure(options, folder))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {options.out}", file=sys.stderr)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    parser.add_argument("--model", type=Path, help="measure this trained model instead of training one")
    parser.add_argument(
        "--starter-epochs", type=_epochs, help=f"epochs of the starter (default {EPOCHS}, from 2)"
    )
    parser.add_argument("--no-starter", action="store_true", help="leave the starter pipeline out")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the report goes")
    return parser.parse_args()


def _epochs(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError("must be a number from 2")
    return int(text)


def _measure(options: argparse.Namespace, folder: Path) -> Results:
    began = time.perf_counter()
    share = QUICK_SHARE if options.quick else 1
    epochs = options.starter_epochs or (QUICK_EPOCHS if options.quick else EPOCHS)
    before = noise()
    trained = None
    model: Path | None = options.model
    if model is None:
        _say("training our pipeline")
        trained = train_product(folder)
        model = trained.model
    model = model.resolve()
    _say("cards through the server")
    served = server.measure(
        model, folder, cards=CARDS // share, at_once=AT_ONCE // share, length=LENGTH // share
    )
    starter_trained = None if options.no_starter else _train_starter(folder, epochs)
    # one after the other, so that both meet the same machine
    product = _product(model, folder, CARDS // share)
    starter = None if starter_trained is None else _starter(starter_trained, folder, CARDS // share)
    return Results(
        machine=machine(),
        noise=(before, noise()),
        quick=options.quick,
        minutes=(time.perf_counter() - began) / 60,
        product=product,
        served=served,
        trained=trained,
        starter=starter,
        starter_trained=starter_trained,
        starter_epochs=epochs,
    )


def _product(model: Path, folder: Path, cards: int) -> InProcess:
    _say("cards in process")
    for name in ("first", "in-process"):  # the first run only warms the disk cache
        found = worker(
            "inprocess",
            ["--cards", str(cards if name == "in-process" else 1)],
            folder / f"{name}.log",
            WORKER_TIMEOUT_S,
            ASSIST_MODEL_DIR=str(model),
            ASSIST_DATABASE_URL=f"sqlite:///{folder / name}.db",
            ASSIST_ACTION_URL="inprocess://actions",
        )
    return _in_process(found)


def _train_starter(folder: Path, epochs: int) -> Trained:
    _say(f"training Rasa's starter pipeline, {epochs} epochs (minutes)")
    project = starter_project.build(folder / "starter", epochs)
    return train("starter", folder, project.config, project.domain, project.data)


def _starter(trained: Trained, folder: Path, answers: int) -> InProcess:
    _say("answers of the starter pipeline in process")
    for count in (1, answers):  # the first run only warms the disk cache
        arguments = ["--model", str(trained.model), "--answers", str(count)]
        found = worker("starter_worker", arguments, folder / "starter.log", WORKER_TIMEOUT_S)
    return _in_process(found)


def _in_process(found: dict[str, object]) -> InProcess:
    parts = found.get("parts") or {}
    assert isinstance(parts, dict)
    return InProcess(
        card=summary_of(found["card"]),
        cpu=summary_of(found["cpu"]),
        ready_s=float(str(found["ready_s"])),
        resident_mb=float(str(found["resident_mb"])),
        parts={name: summary_of(value) for name, value in parts.items()},
    )


def _say(what: str) -> None:
    print(f"[bench] {time.strftime('%H:%M:%S')} {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
