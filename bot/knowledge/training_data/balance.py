"""How the messages spread over labels, lengths and styles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.labels import EMOTIONS, INTENTS
from bot.knowledge.training_data.examples import Example

MIN_INTENT = 40
MIN_EMOTION = 150
LENGTHS = (
    ("up to 6", 0, 6, 0.10, 0.28),
    ("7-20", 7, 20, 0.30, 0.55),
    ("21-60", 21, 60, 0.18, 0.42),
    ("over 60", 61, None, 0.05, 0.20),
)
"""Name, shortest, longest (characters), least and greatest share.

The first full data (11,700 messages) has 0.17, 0.43, 0.29, 0.11; the bounds leave about half of each either way,
so that no one source of messages (short chat, long public posts) takes over.
"""
_PUNCTUATION = re.compile(r"[，。？！；：、…～,?!;:~]")
_EMOJI = re.compile(r"[☀-➿⬀-⯿\U0001F000-\U0001FAFF]|\[(?!图片|链接|语音|视频)[一-鿿]{1,3}\]")


@dataclass(frozen=True)
class Balance:
    """Counts by label, and shares (0–1) by length and style."""

    intents: Counter[str]
    emotions: Counter[str]
    complaints: Counter[int]
    risks: Counter[int]
    lengths: dict[str, float]
    styles: dict[str, float]


def measure(examples: Collection[Example]) -> Balance:
    """Counts and shares over all examples."""
    labels = [example.labels for example in examples]
    texts = [example.text for example in examples]
    return Balance(
        intents=Counter(label.intent for label in labels),
        emotions=Counter(label.emotion for label in labels),
        complaints=Counter(label.complaint for label in labels),
        risks=Counter(label.risk for label in labels),
        lengths={
            name: _share(low <= len(t) and (high is None or len(t) <= high) for t in texts)
            for name, low, high, _, _ in LENGTHS
        },
        styles={
            "punctuation": _share(bool(_PUNCTUATION.search(text)) for text in texts),
            "emoji": _share(bool(_EMOJI.search(text)) for text in texts),
            "traditional": _share(map(is_traditional, texts)),
            "after an agent line": _share(bool(example.agent) for example in examples),
        },
    )


def balance_faults(balance: Balance) -> Iterator[str]:
    """Labels with too few examples and lengths outside their bounds."""
    for kind, names, counts, least in (
        ("intent", INTENTS, balance.intents, MIN_INTENT),
        ("emotion", EMOTIONS, balance.emotions, MIN_EMOTION),
    ):
        for name in names:
            if counts[name] < least:
                yield f"{kind} '{name}' has {counts[name]} examples, needs {least}"
    for name, _, _, low, high in LENGTHS:
        if not low <= balance.lengths[name] <= high:
            yield (
                f"{balance.lengths[name]:.1%} of the messages have {name} characters; "
                f"the balance is {low:.0%} to {high:.0%}"
            )


def is_traditional(text: str) -> bool:
    """Two characters that only traditional script has, or one in a line of up to six.

    By the two scripts' character sets (in Big5, not in GB 2312), so that no dictionary has to be loaded.
    """
    chinese = [c for c in text if "㐀" <= c <= "鿿"]
    only = sum(not _encodes(c, "gb2312") and _encodes(c, "big5hkscs") for c in chinese)
    return only >= 2 or (only == 1 and len(chinese) <= 6)


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _share(flags: Iterable[bool]) -> float:
    values: Sequence[bool] = list(flags)
    return sum(values) / len(values) if values else 0.0
