"""A small engine behind the sidebar for tests and screenshots: no Rasa, no model, answers by key words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.core.errors import InputError, UnknownConversation
from bot.core.labels import COMPLAINT_STEPS, GROUP_OF, MOMENTS

START = "2024-05-01T09:30:{:02d}+00:00"


@dataclass(frozen=True)
class Case:
    """What a key word in a customer's line makes of the card."""

    word: str
    intent: str
    emotion: str
    intensity: float
    risk: int
    personality: str
    risky: str = ""
    cue: str = ""
    entity: tuple[str, str] = ("", "")


CASES = (
    Case("断线", "report_fault", "disappointed", 1.6, 1, "analytical", "又断", "第三次", ("count", "第三次")),
    Case(
        "排队",
        "complain_delay",
        "angry",
        2.4,
        1,
        "driver",
        "等了二十多分钟",
        "马上",
        ("duration", "二十多分钟"),
    ),
    Case("账单", "dispute_charge", "angry", 2.8, 2, "analytical", "消协", "两百多", ("amount", "五百多")),
    Case("经理", "request_supervisor", "angry", 3.0, 2, "driver", "开除", "叫你们经理", ("", "")),
    Case("", "ask_logistics", "neutral", 0.0, 0, "undetermined"),
)

PLANS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "empathy",
        "HH",
        "客户在气头上，先让他感到被听见，事情才谈得下去。",
        (
            ("acknowledge", "换成是我等了这么久，心里也一样着急。"),
            ("apologize", "这件事耽误了您，真的对不起。"),
            ("commit", "我现在就去查，十分钟内给您回话。"),
            ("ask_back", "您最希望我先解决哪一件？"),
        ),
    ),
    (
        "action",
        "H",
        "这位客户要的是结果，先给时间和动作，再补一句体谅。",
        (
            ("own", "这件事由我负责到底。"),
            ("offer", "一种办法是我马上为您加急，另一种是今天给您安排专人上门。"),
            ("ask_back", "两种您觉得哪一种更方便？"),
        ),
    ),
    (
        "question",
        "H",
        "先用开放的问题让客户把经过说完，再确认关键的事实。",
        (
            ("thank", "谢谢您把情况告诉我。"),
            ("echo", "您说的时间和次数我都记下了。"),
            ("ask_back", "当时的经过能再跟我说说吗，我好一次把它查清楚？"),
        ),
    ),
)

LINT = (
    ("shift_blame.not_mine", "不关我的事", "把责任推开，客户会觉得没有人管。", "这件事我来跟进。"),
    ("brush_off.wait", "等一下", "没有期限的等待最让人着急。", "请给我两分钟，我查清楚就告诉您。"),
    ("deny.impossible", "不可能", "否认客户看见的事，等于说他撒谎。", "我先按您说的情况核实。"),
    ("over_promise", "一定", "没有把握的保证会变成下一次失望。", "我会在今天下班前给您答复。"),
)

MISSING = [
    {"id": "feeling", "text": "没有回应客户的感受"},
    {"id": "next_step", "text": "没有下一步"},
]


@dataclass
class Talk:
    """One conversation of the fake."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    done: dict[str, str] = field(default_factory=dict)
    personality: tuple[str, str] = ("", "inferred")
    open: bool = False


class FakeEngine:
    """Keeps conversations in memory. ``fail_with`` makes every call raise; ``calls`` is what was asked."""

    def __init__(self) -> None:
        self.talks: dict[str, Talk] = {}
        self.feedback_seen: set[tuple[str, str, str]] = set()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fail_with: Exception | None = None

    async def customer_line(self, conversation_id: str, text: str, **options: Any) -> dict[str, Any]:
        self._note("customer_line", text=text, **options)
        talk = self.talks.setdefault(conversation_id, Talk())
        line = self._record(talk, "customer", text, options)
        return self._card(conversation_id, talk, line)

    async def agent_line(self, conversation_id: str, text: str, **options: Any) -> dict[str, Any]:
        self._note("agent_line", text=text, **options)
        talk = self.talks.setdefault(conversation_id, Talk())
        line = self._record(talk, "agent", text, options)
        words = {
            "accept": "负责",
            "calm": "对不起",
            "clarify": "经过",
            "resolve": "办法",
            "act": "现在就",
            "thank": "谢谢",
        }
        steps = [step for step, word in words.items() if word in text]
        talk.done.update(dict.fromkeys(steps, text))
        return {
            "conversation_id": conversation_id,
            "message_id": line["message_id"],
            **_graded(text),
            "steps": [{"step": step, "evidence": text} for step in steps],
            "promises": [{"who": "agent", "what": "十分钟内给您回话", "when": "十分钟内"}]
            if "十分钟" in text
            else [],
            "warnings": [],
            "complaint": _complaint(talk),
            "moment_of_truth": _moment(talk),
        }

    async def check_draft(self, conversation_id: str, text: str) -> dict[str, Any]:
        self._note("check_draft", text=text)
        return _graded(text)

    async def feedback(
        self, conversation_id: str, suggestion_id: str, kind: str, *, agent_id: str, text: str | None = None
    ) -> bool:
        self._note("feedback", suggestion_id=suggestion_id, kind=kind, agent_id=agent_id, text=text)
        self._talk(conversation_id)
        key = (conversation_id, suggestion_id, kind)
        fresh = key not in self.feedback_seen
        self.feedback_seen.add(key)
        return fresh

    async def set_personality(
        self, conversation_id: str, personality: str, *, agent_id: str
    ) -> dict[str, Any]:
        self._note("set_personality", personality=personality, agent_id=agent_id)
        talk = self._talk(conversation_id)
        talk.personality = (personality, "agent")
        return _personality(talk, personality, [])

    async def history(self, conversation_id: str, after_seq: int = 0) -> dict[str, Any]:
        self._note("history", after_seq=after_seq)
        talk = self._talk(conversation_id)
        return {"messages": [m for m in talk.messages if m["seq"] > after_seq], "cards": talk.cards[-1:]}

    def _note(self, name: str, **arguments: Any) -> None:
        self.calls.append((name, arguments))
        if self.fail_with is not None:
            raise self.fail_with

    def _talk(self, conversation_id: str) -> Talk:
        if conversation_id not in self.talks:
            raise UnknownConversation(conversation_id)
        return self.talks[conversation_id]

    def _record(self, talk: Talk, sender: str, text: str, options: dict[str, Any]) -> dict[str, Any]:
        if options.get("at") == "0001-01-01T00:00:00":
            raise InputError("at", "is too long ago")
        seq = len(talk.messages) + 1
        message_id = options.get("message_id") or f"m{seq}"
        line = {
            "seq": seq,
            "sender": sender,
            "text": text,
            "message_id": message_id,
            "at": options.get("at") or START.format(seq % 60),
        }
        talk.messages.append(line)
        return line

    def _card(self, conversation_id: str, talk: Talk, line: dict[str, Any]) -> dict[str, Any]:
        case = next(c for c in CASES if c.word in line["text"])
        talk.open = talk.open or case.risk > 0
        card = {
            "schema": 1,
            "conversation_id": conversation_id,
            "message_id": line["message_id"],
            "created_at": line["at"],
            "analysis": _analysis(talk, case, line),
            "process": {"complaint": _complaint(talk), "moment_of_truth": _moment(talk), "expectations": []},
            "suggestions": _suggestions(line["message_id"], talk.personality[0] or case.personality, case),
            "alerts": [{"kind": "risk", "severity": "high", "text": "客户提到消协或经理，建议同步主管。"}]
            if case.risk == 2
            else [],
            "timing_ms": {"total": 7.4, "nlu": 3.1, "policy": 1.2, "action": 2.6},
        }
        talk.cards.append(card)
        return card


def _spans(text: str, key: str, word: str, label: str = "fake") -> list[dict[str, Any]]:
    start = text.find(word) if word else -1
    return [] if start < 0 else [{key: label, "text": word, "start": start, "end": start + len(word)}]


def _analysis(talk: Talk, case: Case, line: dict[str, Any]) -> dict[str, Any]:
    text = line["text"]
    found = talk.personality[0] or case.personality
    return {
        "language": "zh",
        "intent": {
            "name": case.intent,
            "group": GROUP_OF[case.intent],
            "confidence": 0.87,
            "ranking": [],
        },
        "emotion": {
            "name": case.emotion,
            "confidence": 0.81,
            "intensity": case.intensity,
            "trend": "falling" if case.intensity > 2 else "steady",
            "ranking": [],
        },
        "is_complaint": case.risk > 0,
        "risk": {"level": case.risk, "reasons": _spans(text, "rule", case.risky)},
        "personality": _personality(
            talk,
            found,
            [{**e, "message_id": line["message_id"]} for e in _spans(text, "type", case.cue, found)],
        ),
        "entities": [{**e, "value": e["text"]} for e in _spans(text, "kind", *case.entity[::-1])],
        "facts": dict([case.entity]) if case.entity[1] in text and case.entity[0] else {},
        "needs": {
            "layer": "relational",
            "basic_need": "valued",
            "motive": "avoid_pain",
            "question": "这件事最晚什么时候有结果，对您才不耽误？",
        },
        "difficult_customer": None,
        "signals": [],
    }


def _personality(talk: Talk, found: str, evidence: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": found,
        "confidence": 0.0 if found == "undetermined" else 0.64,
        "scores": {},
        "evidence": evidence,
        "source": talk.personality[1],
    }


def _suggestions(message_id: str, personality: str, case: Case) -> list[dict[str, Any]]:
    step = "calm" if case.risk else "explore"
    return [
        {
            "id": f"{message_id}-s{number}",
            "text": "".join(text for _, text in parts),
            "personality": personality,
            "step": step,
            "approach": approach,
            "empathy_level": level,
            "parts": [{"kind": k, "text": t, "phrase_id": f"{k}.{number}"} for k, t in parts],
            "sources": [],
            "why": why,
            "score": 1.0 / number,
        }
        for number, (approach, level, why, parts) in enumerate(PLANS, start=1)
    ]


def _graded(text: str) -> dict[str, Any]:
    findings = [
        {**span, "family": rule.split(".")[0], "severity": "error", "why": why, "suggestion": better}
        for rule, word, why, better in LINT
        for span in _spans(text, "rule", word, rule)
    ]
    feeling = any(word in text for word in ("对不起", "着急", "心里"))
    level = (
        "LL" if findings and not feeling else "HH" if feeling and "现在" in text else "H" if feeling else "L"
    )
    return {
        "findings": findings,
        "empathy_level": level,
        "missing": [] if feeling else MISSING,
    }


def _complaint(talk: Talk) -> dict[str, Any]:
    open_step = next((s for s in COMPLAINT_STEPS if s not in talk.done), "thank")
    return {
        "stage": "latent_complaint" if talk.open else "none",
        "cause": "quality" if talk.open else "",
        "step": open_step if talk.open else "none",
        "done": [{"step": s, "evidence": talk.done[s]} for s in COMPLAINT_STEPS if s in talk.done],
        "missing": [s for s in COMPLAINT_STEPS if talk.open and s not in talk.done],
        "warnings": [],
    }


def _moment(talk: Talk) -> dict[str, Any]:
    done = list(MOMENTS)[: min(4, len(talk.done) // 2)]
    return {
        "step": next((m for m in MOMENTS if m not in done), "confirm"),
        "score": -1.5 + 0.5 * len(talk.done) if talk.open else 0.0,
        "evidence": [{"step": m, "text": "客服的话"} for m in done],
    }
