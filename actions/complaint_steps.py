"""Cards for the six complaint steps (K15) and for handing over to a supervisor."""

from __future__ import annotations

from actions.base import CardAction


class ActionAccept(CardAction):
    """接受投诉."""

    step = "accept"


class ActionCalm(CardAction):
    """平息怨气."""

    step = "calm"


class ActionClarify(CardAction):
    """澄清问题."""

    step = "clarify"


class ActionResolve(CardAction):
    """解决问题."""

    step = "resolve"


class ActionAct(CardAction):
    """采取行动."""

    step = "act"


class ActionThank(CardAction):
    """感谢客户."""

    step = "thank"


class ActionEscalate(CardAction):
    """报告上司."""

    step = "escalate"
