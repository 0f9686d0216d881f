"""What must not be overlooked on a card."""

from __future__ import annotations

from bot.core.analysis import Analysis
from bot.core.content import Content
from bot.core.conversation import ConversationState

Alert = dict[str, str]
URGENT_RULES = ("risk.violence", "risk.self_harm")


def alerts_for(
    content: Content, state: ConversationState, analysis: Analysis, min_confidence: float
) -> list[Alert]:
    """Alerts {kind, severity, text}, gravest first: danger to people, threats, doubt, order of steps."""
    notes = {rule.id: rule.note for rule in content.signals.get("risk", ())}
    alerts: list[Alert] = []
    for reason in analysis.risk.reasons:
        note = notes.get(reason.rule) or reason.rule
        if reason.rule.startswith(URGENT_RULES):
            kind = "self_harm" if reason.rule.startswith("risk.self_harm") else "violence"
            alerts.append({"kind": kind, "severity": "critical", "text": f"{note}：「{reason.text}」"})
        elif analysis.risk.level == 2:
            alerts.append({"kind": "risk", "severity": "high", "text": f"{note}：「{reason.text}」"})
    if analysis.intent.ranking and analysis.intent.confidence < min_confidence:
        alerts.append(
            {"kind": "low_confidence", "severity": "info", "text": content.name("alert", "low_confidence")}
        )
    if analysis.language == "en":
        alerts.append({"kind": "language", "severity": "info", "text": content.name("alert", "language")})
    alerts += [
        {"kind": "order", "severity": "warning", "text": content.name("warning", w["rule"])}
        for w in state.warnings[-1:]
        if w.get("message_id") == state.last_agent_message_id
    ]
    order = ("critical", "high", "warning", "info")
    return sorted(alerts, key=lambda a: order.index(a["severity"]))
