"""Walks a stored run from its first record and proves each on the way: place, chain and owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from statewright.kernel.events import Started
from statewright.kernel.journal import GENESIS, ChainBroken, Entry, Record, open_record
from statewright.store.contract import IndexRow, JournalCorrupt


class Readable(Protocol):
    """Any store, or a part of one: what a walk needs."""

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        """Yields the records of a run, in order."""


def walk(store: Readable, row: IndexRow, name: str) -> Iterator[tuple[Record, Entry]]:
    """Yields as many records as the index row knows of; a host may have added some since it was read.

    Raises `JournalCorrupt`, which calls the store by `name`.
    """
    prev, seq = GENESIS, 0
    for record in store.read(row.tenant, row.run):
        try:
            entry = open_record(prev, record, seq + 1)
        except ChainBroken as broken:
            raise JournalCorrupt(name, row.run, broken.seq, broken.problem) from broken
        prev, seq = record.hash, record.seq
        # A whole journal put in another's place has an unbroken chain; its first event says whose it is.
        if seq == 1 and not begins(row, entry):
            raise JournalCorrupt(name, row.run, 1, "it is not the start of this run")
        yield record, entry
        if seq == row.seq:
            return
    raise JournalCorrupt(name, row.run, seq + 1, f"the index says that the journal ends at {row.seq}")


def begins(row: IndexRow, entry: Entry) -> bool:
    """Says whether an entry is the start of the run."""
    event = entry.decoded()
    return isinstance(event, Started) and (event.tenant, event.run) == (row.tenant, row.run)
