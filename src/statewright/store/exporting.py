"""Writes runs as JSON Lines. Each chain is walked on the way: a damaged run is not exported but named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

import msgspec

from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.kernel.events import Migrated, Started
from statewright.kernel.journal import Entry
from statewright.store.contract import IndexRow, JournalCorrupt, Store
from statewright.store.transfer import (
    FORMAT,
    AnyLine,
    Definition,
    End,
    Head,
    Large,
    Moved,
    Run,
    Sealed,
    blobs_in,
    may_name_program,
)
from statewright.store.walking import walk

_encode = msgspec.json.Encoder().encode


def export(store: Store, rows: Iterable[IndexRow], write: Callable[[bytes], object], *, name: str) -> Moved:
    """Writes the runs line by line, each line without its end. Records that come meanwhile are not among them.

    `name` is what errors call the store.
    """
    exporting = _Exporting(store, name)
    write(_encode(Head(FORMAT)))
    for row in rows:
        for line in exporting.run(row):
            write(_encode(line))
    write(_encode(End(exporting.runs, exporting.records)))
    return Moved(exporting.runs, exporting.records)


class _Exporting:
    """Remembers which definitions and values the file has."""

    def __init__(self, store: Store, name: str) -> None:
        self.runs = 0
        self.records = 0
        self._store = store
        self._name = name
        self._written: set[str] = set()

    def run(self, row: IndexRow) -> Iterator[AnyLine]:
        yield Run(row)
        self.runs += 1
        for record, entry in walk(self._store, row, self._name):
            yield Sealed(record.seq, record.hash.hex(), msgspec.Raw(record.body))
            self.records += 1
            yield from self._values(blobs_in(record.body), row, record.seq)
            yield from self._programs(record.body, entry, row)

    def _values(self, digests: list[str], row: IndexRow, seq: int) -> Iterator[AnyLine]:
        while digests:
            digest = digests.pop()
            if digest in self._written:
                continue
            data = self._store.blob(digest)
            if data is None or hashlib.sha256(data).hexdigest() != digest:
                raise self._corrupt(row, seq, f"the large value {digest[:12]} is lost or damaged")
            self._written.add(digest)
            yield Large(digest, msgspec.Raw(data))
            # A large value may hold another one.
            digests += blobs_in(data)

    def _programs(self, body: bytes, entry: Entry, row: IndexRow) -> Iterator[AnyLine]:
        event = entry.decoded() if may_name_program(body) else None
        if not isinstance(event, Started | Migrated) or event.program in self._written:
            return
        data = self._store.definition(event.program)
        if data is None or hashlib.sha256(data).hexdigest() != event.program:
            raise StatewrightError(
                "DEFINITION_MISSING",
                f"{self._name}: the definition {event.program[:12]} of run {row.run!r} is lost or damaged",
                hint="look at the folder with: statewright doctor --deep",
                exit_code=EXIT_DIVERGED,
            )
        self._written.add(event.program)
        yield Definition(event.program, msgspec.Raw(data))

    def _corrupt(self, row: IndexRow, seq: int, problem: str) -> JournalCorrupt:
        return JournalCorrupt(self._name, row.run, seq, problem)
