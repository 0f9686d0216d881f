"""Quiet, safe logs: Rasa's debug lines quote customers, so they stay off."""

from __future__ import annotations

import logging
import os


def quiet_imports() -> None:
    """Keep TensorFlow and SQLAlchemy from chatting while they load. Call before anything imports Rasa."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


def quiet_logs(level: int = logging.WARNING) -> None:
    """Warnings and errors only, for Rasa's structured log too."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(level)
    for name in ("rasa", "matplotlib", "apscheduler", "sanic", "engineio", "socketio"):
        logging.getLogger(name).setLevel(level)
