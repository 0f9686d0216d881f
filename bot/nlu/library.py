"""The content as the components learn from it, read once for all of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bot.config import settings
from bot.core.content import Content
from bot.knowledge.loader import load_content


@lru_cache(maxsize=2)
def _read(root: Path, stamp: tuple[tuple[str, int], ...]) -> Content:
    return load_content(root, check=False)


def library() -> Content:
    """The content of the settings, as it is on disk now."""
    root = settings().content_path
    stamp = tuple(sorted((str(p), p.stat().st_mtime_ns) for p in root.rglob("*.yml")))
    return _read(root, stamp)
