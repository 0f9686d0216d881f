"""Learning from what agents do with suggestions: a small, explainable preference for each phrase."""

from __future__ import annotations

from collections.abc import Callable, Mapping

PRIOR_USED = 10.0
PRIOR_TOTAL = 20.0
CAP = 0.5
EDIT_CREDIT = 0.6
"""An edited suggestion was worth starting from: part of a use."""


def preference(counts: Mapping[str, tuple[int, int, int]]) -> Callable[[str], float]:
    """A function from phrase id to a preference in −0.5 .. +0.5.

    Args:
        counts: for each phrase id how often it was used, edited and dismissed.

    The rate is shrunk towards the prior (10 of 20), so a few clicks cannot bury a good phrase.
    """
    table = {
        phrase: max(
            -CAP,
            min(
                CAP,
                (PRIOR_USED + used + EDIT_CREDIT * edited) / (PRIOR_TOTAL + used + edited + dismissed) - 0.5,
            ),
        )
        for phrase, (used, edited, dismissed) in counts.items()
    }
    return lambda phrase_id: table.get(phrase_id, 0.0)
