"""Cards for opening, the four Moments of Truth (K19) and closing."""

from __future__ import annotations

from actions.base import CardAction


class ActionOpening(CardAction):
    """开场."""

    step = "opening"


class ActionExplore(CardAction):
    """探索."""

    step = "explore"


class ActionOffer(CardAction):
    """提议."""

    step = "offer"


class ActionAction(CardAction):
    """行动."""

    step = "action"


class ActionConfirm(CardAction):
    """确认."""

    step = "confirm"


class ActionClosing(CardAction):
    """收尾."""

    step = "closing"
