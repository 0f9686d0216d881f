"""``python -m eval``: measure once and write ``report.md``, ``results.json``, ``errors.tsv`` and pictures."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

try:
    from bot.cli.logs import quiet_imports, quiet_logs

    quiet_imports()
    from bench.machine import machine, noise
    from bot.config import ROOT, settings
    from bot.core.errors import AssistError
    from bot.engine.model import find_model
    from eval.files import write_errors, write_results
    from eval.folds import share
    from eval.messages import DevSet, EvalError, read_dev_set
    from eval.pictures import draw
    from eval.product import ModelReader
    from eval.report import markdown
    from eval.results import FOLD, Compared, Cost, Personality, Results, compare
    from eval.run import cross_validate, learning_curve, personalities, read_dev, read_starter, say
    from eval.training import Example, training_examples
except ModuleNotFoundError as missing:
    sys.exit(f"error: {missing.name} is not installed: run `make setup`")

FOLDER = ROOT / "eval"
DEV_VARIABLE = "ASSIST_EVAL_DIR"
FOLDS, QUICK_FOLDS, QUICK_EPOCHS = 5, 2, 2
STARTER_EPOCHS, QUICK_STARTER_EPOCHS = 6, 1


def main() -> int:
    """Entry point; returns the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a kill ends the children too
    quiet_logs()
    folder = Path(tempfile.mkdtemp(prefix="assist-eval-"))
    try:
        results = _measure(options, folder)
    except (EvalError, AssistError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _write(results, options.out)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    parser.add_argument(
        "--dev",
        type=Path,
        help=f"folder or file of the dev set (default: ${DEV_VARIABLE}; without it, no dev set)",
    )
    parser.add_argument("--model", type=Path, help="trained model to measure (default: the product's)")
    parser.add_argument("--folds", type=_from_two, help=f"folds of the cross-validation (default {FOLDS})")
    parser.add_argument(
        "--epochs", type=_positive, help="epochs of training a fold (default: those of config.yml)"
    )
    parser.add_argument("--messages", type=_positive, help="use only about so many of the training messages")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_FOLDS} folds, {QUICK_EPOCHS} epochs")
    parser.add_argument("--no-starter", action="store_true", help="leave the starter pipeline out")
    parser.add_argument("--starter-epochs", type=_positive, help=f"its epochs (default {STARTER_EPOCHS})")
    parser.add_argument("--no-curve", action="store_true", help="leave the learning curve out")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for what is written")
    return parser.parse_args()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number from 1")
    return int(text)


def _from_two(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError("must be a number from 2")
    return int(text)


def _measure(options: argparse.Namespace, folder: Path) -> Results:
    began = time.perf_counter()
    before = noise()
    dev = _dev_set(options.dev)
    say("reading the training messages")
    examples = _examples(options.messages)
    measured = _measure_dev(options, folder, dev, examples) if dev.messages else _Dev()
    folds = options.folds or (QUICK_FOLDS if options.quick else FOLDS)
    epochs = options.epochs or (QUICK_EPOCHS if options.quick else None)
    crossed = cross_validate(examples, folds, epochs)
    curve = [] if options.no_curve else learning_curve(crossed.first, dev.messages, epochs)
    say("intervals")
    return Results(
        machine=machine(),
        noise=(before, noise()),
        quick=options.quick or options.messages is not None or options.epochs is not None,
        minutes=(time.perf_counter() - began) / 60,
        folds=folds,
        epochs=epochs,
        cv=compare(crossed.messages, crossed.readings),
        dev=measured.compared,
        personality=measured.personality,
        curve=tuple(curve),
        costs=(
            *measured.costs,
            Cost(FOLD, len(crossed.first.kept), statistics.median(crossed.seconds), None, None),
        ),
        starter_epochs=measured.starter_epochs,
    )


class _Dev(NamedTuple):
    """What was measured on the dev set."""

    compared: Compared | None = None
    personality: Personality | None = None
    costs: tuple[Cost, ...] = ()
    starter_epochs: int | None = None


def _measure_dev(options: argparse.Namespace, folder: Path, dev: DevSet, examples: Sequence[Example]) -> _Dev:
    model = find_model(options.model or Path(settings().model_dir))
    reader = ModelReader(model)
    found = read_dev(examples, dev.messages, reader, model)
    readings, costs, epochs = dict(found.readings), found.costs, None
    personality = personalities(reader, dev.dialogues)
    if not options.no_starter:
        epochs = options.starter_epochs or (QUICK_STARTER_EPOCHS if options.quick else STARTER_EPOCHS)
        starter = read_starter(examples, dev.messages, folder, epochs)
        readings.update(starter.readings)
        costs = (*costs, *starter.costs)
    return _Dev(compare(dev.messages, readings), personality, costs, epochs)


def _dev_set(given: Path | None) -> DevSet:
    path = given or (Path(os.environ[DEV_VARIABLE]) if os.environ.get(DEV_VARIABLE) else None)
    if path is None:
        say(f"no dev set: neither --dev nor {DEV_VARIABLE} is given")
        return DevSet()
    return read_dev_set(path)


def _examples(wanted: int | None) -> list[Example]:
    examples = training_examples()
    if wanted is None or wanted >= len(examples):
        return examples
    labels = [e.labelled.gold["intent"] for e in examples]
    return [examples[row] for row in share(labels, wanted / len(examples))]


def _write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw(results, folder / "pictures")
    write_results(results, folder / "results.json")
    write_errors(results, folder / "errors.tsv")
    (folder / "report.md").write_text(markdown(results), encoding="utf-8")
    say(f"written to {folder}")


if __name__ == "__main__":
    sys.exit(main())
