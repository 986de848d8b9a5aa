"""What the store's tests write and wait with: real sealed records, and an owner's thread that callbacks reach."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from statewright.kernel.events import Answered, AnyEvent, Received, Started, encode_event
from statewright.kernel.journal import GENESIS, digest_of, seal
from statewright.store.contract import Append, IndexRow, Store
from statewright.store.memory import MemoryStore
from statewright.store.reading import Reading
from statewright.store.remembering import Said
from statewright.store.sqlite import SqliteStore

# No test waits anywhere near this; it turns a lost acknowledgement into a failure instead of a hang.
PATIENCE_S = 60
# What every run of these tests is pinned to, and its digest.
DEFINITION = b'{"format":1}'
PROGRAM = hashlib.sha256(DEFINITION).hexdigest()

Outcome = Exception | None


class Owner:
    """The thread that owns a store. Callbacks wait until it calls them."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def hand_back(self, call: Callable[[], None]) -> None:
        """Takes a callback from any thread."""
        self._calls.put(call)

    def call_next(self) -> None:
        """Waits for one callback and calls it."""
        self._calls.get(timeout=PATIENCE_S)()

    def write(self, store: Store, *entries: Append | Said) -> list[Outcome]:
        """Writes the entries and returns their outcomes once all are acknowledged."""
        outcomes: dict[int, Outcome] = {}
        for number, entry in enumerate(entries):
            put(store, entry, partial(outcomes.__setitem__, number))
        while len(outcomes) < len(entries):
            self.call_next()
        return [outcomes[number] for number in range(len(entries))]


class Journal:
    """Makes the entries of one run, one after the other."""

    def __init__(self, run: str = "run-1", tenant: str = "acme", workflow: str = "greet") -> None:
        self.row = IndexRow(
            tenant=tenant, run=run, workflow=workflow, program=PROGRAM, status="running", seq=0,
            started_at=1_000, updated_at=1_000,
        )  # fmt: skip
        self.prev = GENESIS

    def next(self, event: AnyEvent | None = None, **index: object) -> Append:
        """Returns the entry of the next record; `index` says what else is new in the index row."""
        seq = self.row.seq + 1
        event = event or self._event(seq)
        record = seal(self.prev, seq, encode_event(event), digest_of({"n": b"%d" % seq}), at=event.at)
        self.prev = record.hash
        self.row = msgspec.structs.replace(self.row, seq=seq, updated_at=event.at, **index)
        definition = (PROGRAM, DEFINITION) if seq == 1 else None
        return Append(index=self.row, record=record, definition=definition)

    def several(self, count: int) -> list[Append]:
        """Returns the entries of the next records."""
        return [self.next() for _ in range(count)]

    def answer(self, effect: str) -> Append:
        """Returns the entry of an answer to an effect."""
        return self.next(Answered(at=1_000 + self.row.seq + 1, effect=effect, value="yes"))

    def _event(self, seq: int) -> AnyEvent:
        row = self.row
        if seq > 1:
            return Received(at=1_000 + seq, name="go", payload={"n": seq, "run": row.run})
        return Started(at=1_001, run=row.run, tenant=row.tenant, program=row.program, logic=1, seed="00" * 16)


def put(store: Store, entry: Append | Said, done: Callable[[Outcome], None]) -> None:
    """Queues an entry of either kind."""
    if isinstance(entry, Said):
        store.remember(entry, done)
    else:
        store.append(entry, done)


def open_store(kind: str, folder: Path, owner: Owner) -> MemoryStore | SqliteStore:
    """Returns a store of a kind."""
    return MemoryStore(owner.hand_back) if kind == "memory" else SqliteStore.open(folder, hand_back=owner.hand_back)


def believed(store: Reading, row: IndexRow, name: str) -> IndexRow:
    """Tells what is said of a run: the journals of these tests are made without a program that could tell it."""
    return row


def said(key: str, effect: str, *texts: str, tenant: str = "acme", at: int = 1_000, **change: Any) -> Said:
    """Returns messages to remember; `change` says what else is done."""
    messages = tuple({"role": "user", "content": text} for text in texts)
    return Said(tenant=tenant, memory="chat", key=key, effect=effect, at=at, messages=messages, **change)
