"""``python -m bench.moments``: the Moments-of-Truth score (K19) beside what people gave the same conversations.

The conversations are real ones, kept beside the project and never in it: JSON lines with ``id``, ``source``,
``mot_score`` and ``turns`` (``sender``, ``text``).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DIALOGUES = Path(__file__).parents[2] / "shared" / "eval" / "dialogues.jsonl"
WORST = 10


@dataclass
class Scored:
    """One conversation: what people gave it, what we give it after its last line, and why."""

    id: str
    source: str
    given: float
    ours: float
    moment: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)

    @property
    def error(self) -> float:
        """How far we are off, in points."""
        return self.ours - self.given


class Reader:
    """Parses of customer lines by the trained model; kept in a file when one is named."""

    def __init__(self, model: Path, cache: Path | None) -> None:
        self._model, self._cache = model, cache
        self._seen: dict[str, Any] = {}
        self._processor: Any = None
        if cache and cache.exists():
            self._seen = json.loads(cache.read_text(encoding="utf-8"))

    def parse(self, text: str, agent: str) -> Mapping[str, Any]:
        """What the NLU reads in ``text``, said after the agent's line ``agent``."""
        key = hashlib.blake2b(f"{agent}\0{text}".encode(), digest_size=12).hexdigest()
        if key not in self._seen:
            self._seen[key] = asyncio.run(self._read(text, agent))
        found: Mapping[str, Any] = self._seen[key]
        return found

    async def _read(self, text: str, agent: str) -> Mapping[str, Any]:
        from rasa.core.channels.channel import UserMessage

        if self._processor is None:
            self._processor = _processor(self._model)
        message = UserMessage(text, input_channel="sidebar", metadata={"agent": agent})
        parse = dict(await self._processor.parse_message(message))
        parse.pop("timing", None)
        return json.loads(json.dumps(parse, ensure_ascii=False, default=float))  # type: ignore[no-any-return]

    def keep(self) -> None:
        """Write the parses down for the next run."""
        if self._cache:
            self._cache.write_text(json.dumps(self._seen, ensure_ascii=False), encoding="utf-8")


def _processor(model: Path) -> Any:
    from dataclasses import replace

    from bot.bootstrap import load_agent
    from bot.cli.logs import quiet_logs
    from bot.config import settings

    quiet_logs()
    return load_agent(replace(settings(), database_url="sqlite://", model_dir=str(model))).processor


def conversations(path: Path) -> Iterator[dict[str, Any]]:
    """The scored conversations of a file; those without a score are left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("mot_score") not in (None, "", "?"):
            yield record


def play(record: Mapping[str, Any], reader: Reader, spent: list[float]) -> Scored:
    """Run one conversation through the services, as the actions and the engine do.

    ``spent`` gets the milliseconds that scoring took after each line.
    """
    from bot.bootstrap import assist_service, content
    from bot.core import moments
    from bot.core.analysis import analysis_from_parse
    from bot.core.conversation import ConversationState
    from bot.services.review import record_agent_line

    service, state, lines = assist_service(), ConversationState(), []
    for number, turn in enumerate(record["turns"]):
        text = turn["text"]
        if not text.strip():
            continue
        lines.append(f"{'客' if turn['sender'] == 'customer' else '服'} {text}")
        if turn["sender"] == "customer":
            parse = reader.parse(text, state.last_agent_line)
            service.triage(state, analysis_from_parse(parse), f"m{number}")
        else:
            record_agent_line(content(), state, text, message_id=f"m{number}")
        state = ConversationState.from_dict(json.loads(json.dumps(state.to_dict())))
        began = time.perf_counter()
        moments.view(state)
        spent.append((time.perf_counter() - began) * 1000)
    moment = moments.view(state)
    ours = float(str(moment["score"]))
    return Scored(record["id"], record["source"], float(record["mot_score"]), ours, moment, lines)


def mean_error(rows: Iterable[Scored]) -> float:
    """Mean absolute error in points."""
    return statistics.fmean(abs(row.error) for row in rows)


def spearman(rows: Sequence[Scored]) -> float:
    """Rank correlation of the two scores, ties sharing their mean rank; 0 when one side is constant."""
    given, ours = _ranks([row.given for row in rows]), _ranks([row.ours for row in rows])
    if len(set(given)) < 2 or len(set(ours)) < 2:
        return 0.0
    return statistics.correlation(given, ours)


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    count = {value: ordered.count(value) for value in set(values)}
    return [ordered.index(value) + (count[value] - 1) / 2 for value in values]


def report(rows: Sequence[Scored], worst: int) -> Iterator[str]:
    """The figures as lines of text."""
    mean = statistics.fmean(row.given for row in rows)
    middle = statistics.median(row.given for row in rows)
    yield f"conversations {len(rows)}, people's mean {mean:+.2f}, ours {statistics.fmean(r.ours for r in rows):+.2f}"
    for name in ("all", *sorted({row.source for row in rows})):
        part = [row for row in rows if name in ("all", row.source)]
        constant = statistics.fmean(abs(row.given - mean) for row in part)
        at_median = statistics.fmean(abs(row.given - middle) for row in part)
        yield (
            f"{name:8} n {len(part):3}  mean absolute error {mean_error(part):.3f}  Spearman {spearman(part):.3f}"
            f"  (constant mean {constant:.3f}, constant median {at_median:.3f})"
        )
    for row in sorted(rows, key=lambda r: -abs(r.error))[:worst]:
        yield f"\n{row.id} {row.source}: people {row.given:+.1f}, ours {row.ours:+.1f}"
        yield from (f"    {json.dumps(item, ensure_ascii=False)}" for item in row.moment["evidence"])
        yield from (f"  {line[:100]}" for line in row.lines[-6:])


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.moments", description=__doc__)
    parser.add_argument("--dialogues", type=Path, default=DIALOGUES, help="scored conversations, JSON lines")
    parser.add_argument("--model", type=Path, default=Path("models"), help="trained model or its folder")
    parser.add_argument("--cache", type=Path, help="keep the NLU's parses in this file, one model a file")
    parser.add_argument("--worst", type=int, default=WORST, help="how many of the worst to print")
    options = parser.parse_args()
    if not options.dialogues.exists():
        print(f"error: no conversations in {options.dialogues}", file=sys.stderr)
        return 1
    reader, spent = Reader(options.model, options.cache), list[float]()
    rows = [play(record, reader, spent) for record in conversations(options.dialogues)]
    reader.keep()
    print("\n".join(report(rows, options.worst)))
    print(f"\nscoring after a line: {statistics.fmean(spent):.3f} ms, most {max(spent):.3f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
