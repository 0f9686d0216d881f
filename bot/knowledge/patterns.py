"""Compiling the content's regular expressions once: ``re`` itself keeps only 512 of them."""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern. Raises :class:`re.error`."""
    return re.compile(pattern)
