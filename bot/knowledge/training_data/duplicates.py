"""Messages that are there twice, or nearly, or with two labels, or in the tests as well."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.knowledge.reader import ContentProblem
from bot.knowledge.training_data.examples import Example

GRAM = 3
ALIKE = 0.85
"""Jaccard similarity of the character 3-grams from which two texts are nearly the same."""
MIN_ALIKE = 8
"""Shorter texts have too few 3-grams to be nearly anything."""
ALIKE_SHARE = 0.005
"""Share of near-duplicates with one label that is nothing to warn of."""
_TINY = 1e-9
Pair = tuple[Example, Example]


def exact_faults(examples: Iterable[Example]) -> Iterator[ContentProblem]:
    """The same text after the same agent line: once too often, or labelled in two ways."""
    first: dict[tuple[str, str], Example] = {}
    for example in examples:
        earlier = first.setdefault(example.key, example)
        if earlier is example or not example.key[0]:
            continue
        if earlier.labels == example.labels:
            yield example.problem(f"'{example.text[:30]}' is already at {earlier.place}")
        else:
            yield example.problem(
                f"'{example.text[:30]}' is labelled ({example.labels}) here "
                f"and ({earlier.labels}) at {earlier.place}"
            )


def near_faults(pairs: Iterable[Pair]) -> Iterator[ContentProblem]:
    """Near-duplicates with different labels that no difference of the agent's lines explains."""
    for one, other in pairs:
        if one.labels != other.labels and _same_context(one, other):
            yield other.problem(
                f"'{other.text[:30]}' is nearly {one.place} but labelled ({other.labels}), not ({one.labels})"
            )


def near_warnings(pairs: Sequence[Pair], total: int) -> Iterator[ContentProblem]:
    """The near-duplicates with equal labels, when they are more than a small share of all messages."""
    equal = [(one, other) for one, other in pairs if one.labels == other.labels]
    if len(equal) > ALIKE_SHARE * total:
        for one, other in equal:
            yield other.problem(f"'{other.text[:30]}' is nearly {one.place}, with the same labels")


def near_duplicates(examples: Sequence[Example]) -> list[Pair]:
    """All pairs of texts of at least eight characters whose 3-grams overlap by ``ALIKE``, exact ones left out.

    Exact result by prefix filtering (Chaudhuri, Ganti, Kaushik 2006): of two alike sets, sorted by one order,
    the first ``n - ceil(ALIKE * n) + 1`` grams share one; with rare grams first few candidates remain.
    """
    texts = [(index, grams(e.key[0])) for index, e in enumerate(examples) if len(e.key[0]) >= MIN_ALIKE]
    texts.sort(key=lambda item: len(item[1]))
    count = Counter(gram for _, own in texts for gram in own)
    seen: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    found: list[tuple[int, int]] = []
    for index, own in texts:
        least = math.ceil(ALIKE * len(own) - _TINY)
        candidates: dict[int, frozenset[str]] = {}
        for gram in sorted(own, key=lambda g: (count[g], g))[: len(own) - least + 1]:
            candidates.update((other, theirs) for other, theirs in seen[gram] if len(theirs) >= least)
            seen[gram].append((index, own))
        for other, theirs in candidates.items():
            if examples[other].key != examples[index].key and _jaccard(own, theirs) >= ALIKE:
                found.append((min(index, other), max(index, other)))
    return [(examples[one], examples[other]) for one, other in sorted(found)]


def grams(text: str) -> frozenset[str]:
    """The character 3-grams of a normalised text."""
    return frozenset(text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def _same_context(one: Example, other: Example) -> bool:
    ours, theirs = one.key[1], other.key[1]
    return ours == theirs or (
        min(len(ours), len(theirs)) >= MIN_ALIKE and _jaccard(grams(ours), grams(theirs)) >= ALIKE
    )


def leak_faults(examples: Iterable[Example], tested: Mapping[str, str]) -> Iterator[ContentProblem]:
    """Training messages that the tests use too. ``tested``: normalised text → place."""
    for example in examples:
        place = tested.get(example.key[0])
        if place:
            yield example.problem(f"'{example.text[:30]}' is also a test message at {place}")
