"""Reading ``situations/*.yml``: each file's cases, and their sentences as phrases of the library."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from bot.core.content import Phrase, ServiceSituation, slots_of
from bot.core.labels import FIRST_STEPS, LATER_STEPS
from bot.knowledge.patterns import compiled
from bot.knowledge.reader import Reader
from bot.knowledge.schema import PolicyFile, SituationFile, SituationLine, SituationRecord

PARTS = ("acknowledge", "answer", "ask_back", "commit", "offer", "tip")
"""Parts whose sentences a situation brings itself."""
_STEPS = {None: frozenset[str](), "first": FIRST_STEPS, "later": LATER_STEPS}


def read_situations(reader: Reader) -> tuple[dict[str, ServiceSituation], list[Phrase]]:
    """All situations by id and their phrases, with the company's terms (``policy.yml``) put in."""
    files = sorted((reader.root / "situations").glob("*.yml"))
    parsed = reader.parse(reader.root / "policy.yml", PolicyFile) if files else None
    policy = {name: record.value for name, record in parsed[0].policy.items()} if parsed else {}
    situations: dict[str, ServiceSituation] = {}
    phrases: list[Phrase] = []
    for path in files:
        file = reader.parse(path, SituationFile)
        if file is None:
            continue
        for record, raw in zip(file[0].situations, file[1]["situations"]):
            reader.add_source(record.id, path, raw.line)
            situations[record.id] = ServiceSituation(
                id=record.id,
                name=record.name,
                family=record.family,
                intents=frozenset(record.intents),
                need=record.need,
                cue=compiled(record.cue) if record.cue else None,
                examples=tuple(record.examples),
                never=tuple(record.never),
            )
            for part in PARTS:
                for line, where in zip(getattr(record, part), raw[part].lines):
                    unknown = sorted(s for s in slots_of(line.text) if s.startswith("p_") and s not in policy)
                    if unknown:
                        reader.problem(reader.name(path), where, f"policy.yml has no {', '.join(unknown)}")
                        continue
                    phrase = _phrase(record, part, line, policy)
                    reader.add_source(phrase.id, path, where)
                    phrases.append(phrase)
    return situations, phrases


def _phrase(record: SituationRecord, part: str, line: SituationLine, policy: Mapping[str, str]) -> Phrase:
    """A sentence as a phrase. Its id comes from its wording: an edited sentence is judged anew by feedback."""
    facts = {name: "{" + name + "}" for name in slots_of(line.text) if not name.startswith("p_")}
    text = line.text.format_map({**policy, **facts})
    return Phrase(
        id=f"{record.id}.{part}.{blake2b(line.text.encode(), digest_size=3).hexdigest()}",
        part=part,
        text=text,
        slots=slots_of(text),
        emotions=frozenset(line.emotions),
        steps=_STEPS[line.when],
        personalities=frozenset(line.personalities),
        situation=record.id,
        asks=line.asks,
        owner=record.owner,
        since=record.since,
    )
