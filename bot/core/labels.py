"""The closed label sets shared by training data, NLU, content and wire format."""

from __future__ import annotations

from typing import Final

INTENT_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "information": (
        "ask_product_info",
        "ask_price_promotion",
        "ask_order_status",
        "ask_logistics",
        "ask_policy",
        "ask_howto",
        "ask_balance_usage",
    ),
    "consultation": ("ask_recommendation",),
    "order": ("place_order", "modify_order", "cancel_order"),
    "payment": ("ask_payment",),
    "billing": ("ask_invoice", "dispute_charge"),
    "exception": (
        "request_refund",
        "request_return_exchange",
        "request_repair",
        "report_fault",
        "complain_delay",
        "complain_attitude",
        "complain_dishonest",
        "demand_compensation",
        "request_contact",
        "request_supervisor",
        "threaten_escalation",
        "threaten_churn",
    ),
    "safekeeping": ("account_security",),
    "hospitality": (
        "greet",
        "goodbye",
        "thank_praise",
        "urge",
        "affirm",
        "deny",
        "provide_info",
        "give_suggestion",
        "out_of_scope",
    ),
}
"""Intents by service group (K23)."""

INTENTS: Final[tuple[str, ...]] = tuple(i for group in INTENT_GROUPS.values() for i in group)
GROUP_OF: Final[dict[str, str]] = {i: g for g, members in INTENT_GROUPS.items() for i in members}

COMPLAINT_INTENTS: Final[frozenset[str]] = frozenset(
    {
        "dispute_charge",
        "complain_delay",
        "complain_attitude",
        "complain_dishonest",
        "demand_compensation",
        "request_supervisor",
        "threaten_escalation",
        "threaten_churn",
    }
)
"""Intents that open the complaint procedure when the message also words dissatisfaction or is upset."""

SMALL_TALK: Final[frozenset[str]] = frozenset(
    {"greet", "goodbye", "thank_praise", "urge", "affirm", "deny", "out_of_scope"}
)
"""Intents that carry no topic of their own: the conversation's topic stays what it was."""

EMOTIONS: Final[tuple[str, ...]] = (
    "angry",
    "anxious",
    "disappointed",
    "aggrieved",
    "confused",
    "neutral",
    "pleased",
)
UPSET: Final[frozenset[str]] = frozenset({"angry", "anxious", "disappointed", "aggrieved"})

PERSONALITIES: Final[tuple[str, ...]] = ("expressive", "driver", "amiable", "analytical")
NEUTRAL: Final = "neutral"
UNDETERMINED: Final = "undetermined"

COMPLAINT_STEPS: Final[tuple[str, ...]] = ("accept", "calm", "clarify", "resolve", "act", "thank")
MOMENTS: Final[tuple[str, ...]] = ("explore", "offer", "action", "confirm")
STEPS: Final[tuple[str, ...]] = ("opening", *COMPLAINT_STEPS, "escalate", *MOMENTS, "closing")
"""Every step a card can be composed for; each has one Rasa action ``action_<step>`` of the same name."""

PARTS: Final[tuple[str, ...]] = (
    "acknowledge",
    "apologize",
    "own",
    "praise",
    "thank",
    "echo",
    "answer",
    "redirect",
    "offer",
    "commit",
    "ask_back",
    "tip",
    "close",
)
"""Kinds of reply parts: the empathy formula (K8) and the service moves around it."""

EMPATHY_LEVELS: Final[tuple[str, ...]] = ("LL", "L", "H", "HH")
FACT_SLOTS: Final[tuple[str, ...]] = (
    "wait",
    "amount",
    "expected",
    "actual",
    "count",
    "product",
    "order",
    "date",
    "place",
    "competitor",
    "name",
)

SITUATION_FAMILIES: Final[tuple[str, ...]] = (
    "telecom",
    "online_shop",
    "appliance",
    "phone",
    "logistics",
    "travel",
    "payment",
    "app",
    "relations",
    "turn",
)
"""What situations are about; ``turn`` ones are moves inside a conversation, whatever it is about."""
TURN_FAMILY: Final = "turn"
FIRST_STEPS: Final[frozenset[str]] = frozenset({"opening", "accept", "calm", "clarify", "explore"})
"""Steps before the details are known; in the others the customer has answered what was asked."""
LATER_STEPS: Final[frozenset[str]] = frozenset(STEPS) - FIRST_STEPS
