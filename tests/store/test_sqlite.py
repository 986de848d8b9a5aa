"""What the SQLite store does beyond the contract: group commit, one writer, readers beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil
from pathlib import Path

import apsw
import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.store import ledger
from statewright.store.contract import Append, PositionTaken
from statewright.store.sqlite import SqliteStore
from statewright.store.writer import ACKS_A_TURN
from tests.independent_reader import read_folder
from tests.store.journals import PATIENCE_S, Journal, Outcome, Owner, said


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def store(tmp_path: Path, owner: Owner) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    yield opened
    opened.close()


class Gate:
    """An owner that keeps the writer waiting with its first callback, so that a queue builds up behind it."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self._reached = threading.Event()
        self._free = threading.Event()

    def hand_back(self, call: Callable[[], None]) -> None:
        self.calls.append(call)
        self._reached.set()
        assert self._free.wait(PATIENCE_S)

    def behind(self, store: SqliteStore, *entries: Append) -> list[Outcome]:
        """Writes all entries but the first while the writer waits; returns the outcomes."""
        outcomes: dict[int, Outcome] = {}
        for number, entry in enumerate(entries):
            store.append(entry, partial(outcomes.__setitem__, number))
            assert self._reached.wait(PATIENCE_S)
        self._free.set()
        store.close()
        for call in self.calls:
            call()
        return [outcomes[number] for number in range(len(entries))]


def test_what_waits_is_committed_as_one_transaction_and_acknowledged_in_turns_of_the_loop(tmp_path: Path) -> None:
    gate = Gate()
    store = SqliteStore.open(tmp_path, hand_back=gate.hand_back)
    outcomes = gate.behind(store, *(Journal(f"run-{number}").next() for number in range(1_000)))
    assert outcomes == [None] * 1_000
    # One callback for the first entry, and for the others as many as keep the loop free.
    assert (store.commits, len(gate.calls)) == (2, 1 + ceil(999 / ACKS_A_TURN))
    assert len(read_folder(tmp_path)) == 1_000


def test_entries_at_fault_do_not_take_their_batch_with_them(tmp_path: Path) -> None:
    gate = Gate()
    store = SqliteStore.open(tmp_path, hand_back=gate.hand_back)
    good, late = Journal("good"), Journal("late")
    late.next()
    outcomes = gate.behind(
        store,
        good.next(),
        late.next(),
        Journal("wide").next(owes=2**70),
        Journal("").next(),
        Journal("torn", workflow="\ud800").next(),
        good.next(),
    )
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [
        None,
        "JOURNAL_POSITION",
        "STORE_REFUSED",
        "STORE_REFUSED",
        "STORE_REFUSED",
        None,
    ]
    assert [(run, len(records)) for (_, run), records in read_folder(tmp_path).items()] == [("good", 2)]


def test_a_callback_that_fails_does_not_cost_the_others_their_acknowledgement(tmp_path: Path) -> None:
    owner = Owner()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    acknowledged: list[Outcome] = []

    def fail(outcome: Outcome) -> None:
        raise ValueError("a listener's fault")

    journal = Journal()
    for done in (fail, acknowledged.append, fail, acknowledged.append):
        store.append(journal.next(), done)
    faults = 0
    while len(acknowledged) < 2:
        try:
            owner.call_next()
        except ValueError:
            faults += 1
    store.close()
    assert (acknowledged, faults) == ([None, None], 2)


async def test_an_event_loop_is_a_fine_owner(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    store = SqliteStore.open(tmp_path, hand_back=loop.call_soon_threadsafe)
    done: asyncio.Future[Outcome] = loop.create_future()
    journal = Journal()

    def go_on(outcome: Outcome) -> None:
        if outcome is not None or journal.row.seq == 50:
            done.set_result(outcome)
        else:
            store.append(journal.next(), go_on)

    store.append(journal.next(), go_on)
    assert await done is None
    assert [record.seq for record in store.read("acme", "run-1")] == [*range(1, 51)]
    store.close()


def test_everything_is_there_when_the_folder_is_opened_again(tmp_path: Path, owner: Owner) -> None:
    journal = Journal()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    entry = msgspec.structs.replace(journal.next(next_due=7_000), blobs=(("b", b"x"),), definition=("d", b"y"))
    owner.write(store, entry, said("k", "e1", "one"))
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "statewright.db"]

    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    assert list(store.read("acme", "run-1")) == [entry.record]
    assert store.index("acme", "run-1") == entry.index
    assert (store.blob("b"), store.definition("d"), store.next_due()) == (b"x", b"y", 7_000)
    assert owner.write(store, said("k", "e1", "one"), journal.next()) == [None, None]
    assert len(store.converse("acme", "chat", "k", now=0).messages) == 1
    store.close()


def test_closing_commits_what_is_queued(tmp_path: Path, owner: Owner) -> None:
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    for entry in Journal().several(500):
        store.append(entry, lambda outcome: None)
    store.close()
    assert [len(records) for records in read_folder(tmp_path).values()] == [500]


def test_a_reader_sees_what_a_living_owner_writes_and_cannot_write(
    tmp_path: Path, store: SqliteStore, owner: Owner
) -> None:
    journal = Journal()
    owner.write(store, journal.next())
    reader = SqliteStore.open(tmp_path, hand_back=owner.hand_back, write=False)
    assert reader.index("acme", "run-1") == journal.row
    owner.write(store, *journal.several(300))
    assert len(list(reader.read("acme", "run-1"))) == 301
    with pytest.raises(StatewrightError) as refused:
        reader.append(journal.next(), lambda outcome: None)
    assert refused.value.code == "DATA_READ_ONLY"
    reader.close()


def test_a_reading_under_way_sees_a_whole_number_of_records(store: SqliteStore, owner: Owner) -> None:
    journal = Journal()
    owner.write(store, *journal.several(400))
    reading = store.read("acme", "run-1")
    first = next(reading)
    owner.write(store, *journal.several(10))
    assert [first.seq, *(record.seq for record in reading)] == [*range(1, 401)]


def test_runs_far_beyond_what_the_writer_keeps_in_mind_go_on(
    store: SqliteStore, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TAILS_MAX", 3)
    journals = [Journal(f"run-{number}") for number in range(10)]
    for _ in range(3):
        assert owner.write(store, *(journal.next() for journal in journals)) == [None] * 10
    assert [row.seq for row in store.runs("acme")] == [3] * 10


def test_a_writer_that_was_overtaken_is_told_so(tmp_path: Path, store: SqliteStore, owner: Owner) -> None:
    """The lock keeps others out; where it does not (a file system without locks), the journal still has one order."""
    journal, zombie = Journal(), Journal()
    owner.write(store, journal.next())
    zombie.next()
    _steal_the_lock(tmp_path)
    other = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    assert owner.write(other, journal.next()) == [None]
    (outcome,) = owner.write(store, zombie.next())
    assert isinstance(outcome, PositionTaken)
    assert owner.write(store, Journal("run-2").next()) == [None]
    other.close()
    assert [len(records) for records in read_folder(tmp_path).values()] == [2, 1]


def test_commits_are_synced_and_there_is_only_one_way_to_write(tmp_path: Path, store: SqliteStore) -> None:
    connection = apsw.Connection(str(tmp_path / "statewright.db"), flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.pragma("journal_mode") == "wal"
    connection.close()
    with pytest.raises(StatewrightError, match="in use by process"):
        SqliteStore.open(tmp_path, hand_back=Owner().hand_back)


def _steal_the_lock(folder: Path) -> None:
    (folder / "lock").unlink()
