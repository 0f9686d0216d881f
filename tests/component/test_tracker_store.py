"""The tracker store: append-only, masked, flat, and safe with several processes on one database."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.core.errors import StorageError
from bot.core.privacy import mask_deep
from bot.engine.tracker_store import MAX_LIVE, WINDOW, AssistTrackerStore
from bot.storage.database import create_database_engine

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
slots:
  mood: {type: categorical, values: [easy, tense, heated], influence_conversation: true, mappings: [{type: custom}]}
  risk_level: {type: categorical, values: ["0", "1", "2"], influence_conversation: true, mappings: [{type: custom}]}
  service_state: {type: any, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_triage, action_explore]
"""
)
PHONE, MAIL = "13812345678", "zhangsan@163.com"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'assist.db'}"


def open_store(url: str) -> AssistTrackerStore:
    return AssistTrackerStore(domain=DOMAIN, engine=create_database_engine(url))


@pytest.fixture
def store(url: str) -> AssistTrackerStore:
    return open_store(url)


def said(text: str, **parse: Any) -> UserUttered:
    return UserUttered(text, {"name": "greet", "confidence": 1.0}, parse_data={"text": text, **parse})


def turn(number: int, mood: str = "easy", state: Any = None) -> list[Event]:
    """The events of one customer message."""
    return [
        said(f"第{number}句"),
        ActionExecuted("action_triage"),
        SlotSet("service_state", state if state is not None else {"customer_messages": number}),
        SlotSet("mood", mood),
        ActionExecuted("action_explore"),
        BotUttered("", data={"custom": {"assist_card": {"n": number}}}),
        ActionExecuted("action_listen"),
    ]


async def play(store: AssistTrackerStore, *events: Event, sender: str = "c1") -> DialogueStateTracker:
    """One turn as Rasa runs it: fetch, update, save."""
    tracker = await store.get_or_create_tracker(sender)
    for event in events:
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    return tracker


def rows(url: str) -> list[str]:
    """The stored events as they are on disk, oldest first."""
    events = SQLTrackerStore.SQLEvent
    with create_database_engine(url).connect() as connection:
        return list(connection.execute(sa.select(events.data).order_by(events.id)).scalars())


def slots(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {name: tracker.get_slot(name) for name in ("mood", "risk_level", "service_state")}


def kinds(tracker: DialogueStateTracker) -> list[str]:
    return [event.type_name for event in tracker.events]


async def test_an_unknown_conversation_is_none(store: AssistTrackerStore) -> None:
    assert await store.retrieve("nobody") is None
    assert await store.retrieve_full_tracker("nobody") is None
    assert list(await store.keys()) == []


async def test_every_event_is_stored_once_in_order(store: AssistTrackerStore, url: str) -> None:
    for number in range(4):
        await play(store, *turn(number))
    stored = [json.loads(row)["event"] for row in rows(url)]
    assert stored == ["action", *[e.type_name for n in range(4) for e in turn(n)]]


async def test_saving_again_stores_nothing_new(store: AssistTrackerStore, url: str) -> None:
    tracker = await play(store, *turn(1))
    before = rows(url)
    await store.save(tracker)
    await store.save(tracker)
    assert rows(url) == before


async def test_conversations_do_not_mix(store: AssistTrackerStore) -> None:
    await play(store, *turn(1, "heated"), sender="c1")
    await play(store, *turn(2), sender="c2")
    assert set(await store.keys()) == {"c1", "c2"}
    one, two = [await store.retrieve(sender) for sender in ("c1", "c2")]
    assert one is not None and two is not None
    assert (one.get_slot("mood"), two.get_slot("mood")) == ("heated", "easy")
    assert one.latest_message is not None and one.latest_message.text == "第1句"


# ---- masking ----


async def test_personal_data_is_masked_on_disk_and_whole_in_the_running_turn(
    store: AssistTrackerStore, url: str, tmp_path: Path
) -> None:
    state = {"turns": [{"sender": "customer", "text": f"电话{PHONE}", "message_id": "m1"}]}
    events = [
        said(f"打{PHONE}或发{MAIL}", entities=[{"value": PHONE, "start": 1, "end": 12}]),
        *turn(1, state=state)[1:],
    ]
    tracker = await play(store, *events)
    assert tracker.latest_message is not None and PHONE in tracker.latest_message.text
    assert not [row for row in rows(url) if PHONE in row or MAIL in row]
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PHONE.encode() not in on_disk and MAIL.encode() not in on_disk
    reloaded = await open_store(url).retrieve("c1")
    assert reloaded is not None and reloaded.latest_message is not None
    assert reloaded.latest_message.text == "打138****5678或发z*******@163.com"
    assert slots(reloaded) == mask_deep(slots(tracker))


# ---- the window ----


async def test_a_live_tracker_keeps_the_newest_events_only(store: AssistTrackerStore, url: str) -> None:
    sizes = []
    for number in range(30):
        sizes.append(len((await play(store, *turn(number))).events))
    assert max(sizes) <= WINDOW
    reloaded = await open_store(url).retrieve("c1")
    assert reloaded is not None and WINDOW <= len(reloaded.events) <= WINDOW + 60
    full = await store.retrieve_full_tracker("c1")
    assert full is not None and len(full.events) == len(rows(url)) == 1 + 30 * 7


async def test_reload_equals_live(store: AssistTrackerStore, url: str) -> None:
    moods = ["easy", "tense", "heated", "heated", "easy"]
    for number in range(25):
        live = await play(store, *turn(number, moods[number % 5]))
        reloaded = await open_store(url).retrieve("c1")
        assert reloaded is not None
        assert slots(reloaded) == slots(live)
        assert kinds(reloaded)[-WINDOW:] == kinds(live)
        assert reloaded.latest_action_name == live.latest_action_name
        assert reloaded.latest_message is not None and live.latest_message is not None
        assert reloaded.latest_message.text == live.latest_message.text


async def test_a_slot_set_long_ago_survives_the_reload(store: AssistTrackerStore, url: str) -> None:
    await play(store, SlotSet("risk_level", "2"))
    for number in range(80):  # slots are stored when they change: the risk stays, the state changes
        live = await play(
            store, said("嗯"), SlotSet("service_state", {"n": number}), ActionExecuted("action_listen")
        )
    reloaded = await open_store(url).retrieve("c1")
    assert reloaded is not None and live.get_slot("risk_level") == "2"
    assert slots(reloaded) == slots(live)


# ---- failures ----


async def test_a_failed_turn_leaves_nothing(store: AssistTrackerStore, url: str) -> None:
    await play(store, *turn(1))
    before = rows(url)
    tracker = await store.retrieve("c1")
    assert tracker is not None
    for event in turn(2, "heated")[:4]:
        tracker.update(event, DOMAIN)
    del tracker  # the turn raised before it was saved
    again = await store.retrieve("c1")
    assert again is not None and rows(url) == before
    assert slots(again) == {"mood": "easy", "risk_level": None, "service_state": {"customer_messages": 1}}
    assert again.latest_message is not None and again.latest_message.text == "第1句"
    await play(store, *turn(3))
    assert len(rows(url)) == len(before) + 7


async def test_a_failed_save_leaves_nothing_and_the_next_turn_works(
    url: str, store: AssistTrackerStore
) -> None:
    await play(store, *turn(1))
    before = rows(url)
    tracker = await store.retrieve("c1")
    assert tracker is not None
    for event in turn(2):
        tracker.update(event, DOMAIN)
    engine = create_database_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE events RENAME TO elsewhere"))
    with pytest.raises(StorageError, match="lacks our tables"):
        await store.save(tracker)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO events"))
    assert rows(url) == before
    after = await play(store, *turn(3))
    assert [e.text for e in after.events if isinstance(e, UserUttered)] == ["第1句", "第3句"]


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        ("sqlite:////proc/nowhere/assist.db", "cannot be made"),
        ("postgresql+psycopg2://assist:hunter2@127.0.0.1:9/none", "is unreachable"),
    ],
)
def test_an_unreachable_database_is_a_storage_error_without_the_password(address: str, meaning: str) -> None:
    with pytest.raises(StorageError, match=meaning) as caught:
        open_store(address)
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_goes_away_is_a_storage_error(url: str, store: AssistTrackerStore) -> None:
    tracker = await play(store, *turn(1))
    tracker.update(said("还在吗"), DOMAIN)
    with create_database_engine(url).begin() as connection:
        connection.execute(sa.text("DROP TABLE events"))
    for call in (
        lambda: store.retrieve("c1"),
        lambda: store.retrieve_full_tracker("c1"),
        lambda: store.keys(),
        lambda: store.save(tracker),
    ):
        with pytest.raises(StorageError):
            await call()


# ---- several processes ----


async def test_two_stores_on_one_database_see_each_others_events(url: str) -> None:
    one, other = open_store(url), open_store(url)
    for number in range(6):
        await play((one, other)[number % 2], *turn(number, "tense"))
    for store in (one, other):
        tracker = await store.retrieve("c1")
        assert tracker is not None and tracker.get_slot("service_state") == {"customer_messages": 5}
        await store.save(tracker)
    users = [json.loads(row)["text"] for row in rows(url) if json.loads(row)["event"] == "user"]
    assert users == [f"第{n}句" for n in range(6)]


async def test_an_undisturbed_tracker_is_not_built_again(store: AssistTrackerStore) -> None:
    tracker = await play(store, *turn(1))
    assert await store.retrieve("c1") is tracker


async def test_two_copies_of_a_tracker_store_nothing_twice(store: AssistTrackerStore, url: str) -> None:
    await play(store, *turn(1))
    before = len(rows(url))
    running = await store.retrieve("c1")
    assert running is not None
    for event in turn(2):
        running.update(event, DOMAIN)
    looked_at = await store.retrieve("c1")
    assert looked_at is not None
    await store.save(looked_at)
    await store.save(running)
    assert len(rows(url)) == before + 7


async def test_a_look_in_the_middle_of_a_turn_sees_what_is_stored(
    store: AssistTrackerStore, url: str
) -> None:
    assert await store.peek("c1") is None
    await play(store, *turn(1))
    running = await store.retrieve("c1")
    assert running is not None
    for event in turn(2, "heated"):
        running.update(event, DOMAIN)
    looked_at = await store.peek("c1")
    assert looked_at is not None and looked_at.get_slot("mood") == "easy"
    await store.save(running)
    looked_at = await store.peek("c1")
    assert looked_at is not None and looked_at.get_slot("mood") == "heated"
    assert await store.retrieve("c1") is running, "the look took nothing away"


async def test_memory_is_bounded(store: AssistTrackerStore) -> None:
    for number in range(MAX_LIVE + 20):
        await play(store, ActionExecuted("action_listen"), sender=f"c{number}")
    assert len(store._live) == MAX_LIVE
    forgotten = await store.retrieve("c0")
    assert forgotten is not None and len(forgotten.events) == 2


# ---- any text ----


@pytest.mark.parametrize("text", ["\x00", "断\x00线", "😡", "𠮷野家", "坏\ud83d了"])
async def test_odd_characters_are_stored(url: str, store: AssistTrackerStore, text: str) -> None:
    await play(store, said(text))
    reloaded = await open_store(url).retrieve("c1")
    assert reloaded is not None and reloaded.latest_message is not None
    assert len(reloaded.latest_message.text) == len(text)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=4))
async def test_any_conversation_comes_back(store: AssistTrackerStore, texts: list[str]) -> None:
    sender = uuid.uuid4().hex
    for text in texts:
        await play(store, said(text), SlotSet("service_state", {"last": text}), sender=sender)
    full = await store.retrieve_full_tracker(sender)
    users = [e.text for e in full.events if isinstance(e, UserUttered)] if full else []
    assert users == mask_deep(texts)
