"""Content that was found whole once need not be checked again at every start."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from bot.core import content as compiled_content
from bot.core.content import Content
from bot.knowledge.loader import load_content

logger = logging.getLogger(__name__)
MARK_LENGTH = 24


def _fingerprint(root: Path) -> str:
    """Hash of every content file and of the code that checks them."""
    digest = hashlib.sha256()
    sources = [*Path(__file__).parent.glob("*.py"), Path(compiled_content.__file__)]
    for path in [*sorted(root.rglob("*.yml")), *sorted(sources)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:MARK_LENGTH]


def load_checked(root: Path, marks: Path) -> Content:
    """The content of ``root``, checked unless ``marks`` holds the mark of these very files.

    Raises:
        ContentError: as :func:`load_content`.
    """
    if not root.is_dir():
        return load_content(root)
    mark = marks / f"content-{_fingerprint(root)}.ok"
    if mark.exists():
        return load_content(root, check=False)
    content = load_content(root)
    try:
        marks.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        logger.warning("the content check will run again at the next start: %s", error)
    return content
