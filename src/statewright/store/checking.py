"""Checks a whole data file: pages, chains, what the index says, and everything that lies under its digest.

It reads one moment of the file, also while a host writes. What follows from a problem that was told is not told again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw

from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.kernel.events import Migrated, Started
from statewright.store.contract import Health, IndexRow, JournalCorrupt
from statewright.store.opening import SCHEMA_VERSION, corrupt, new_schema, unreadable
from statewright.store.queries import QUERIES
from statewright.store.reading import Reading
from statewright.store.snapshots import Snapshot, chunk_digest, is_whole
from statewright.store.transfer import blobs_in, may_name_program
from statewright.store.walking import walk

# The version of the data file that brought snapshots; backups of older ones are checked as well.
SNAPSHOTS_SINCE = 4
# The same for the seals of rows.
SEALS_SINCE = 4

Place = tuple[str, int]  # a run, and the sequence of a record


def check(connection: apsw.Connection, file: Path) -> Health:
    """Returns what is wrong with the file, and what was looked at."""
    with _one_moment(connection):
        return _Checking(connection, file).all()


@contextmanager
def _one_moment(connection: apsw.Connection) -> Iterator[None]:
    connection.execute(QUERIES["begin_reading"])
    try:
        yield
    finally:
        # Nothing was written, and a damaged page can end a transaction by itself.
        if connection.in_transaction:
            connection.execute(QUERIES["rollback"])


class _Checking:
    """Gathers problems. Each part is looked at even where the one before it is damaged."""

    def __init__(self, connection: apsw.Connection, file: Path) -> None:
        self._connection = connection
        self._store = Reading(connection, file)
        self._file = file
        self._health = Health()
        self._needed: dict[str, Place] = {}
        self._damaged: set[str] = set()  # runs that a problem was told of
        self._snapshots: dict[tuple[str, str, int], bytes] = {}  # by run and record, until that record was seen

    def all(self) -> Health:
        for part in (self._pages, self._tables, self._cache, self._chains, self._index, self._kept, self._seals):
            try:
                part()
            except (apsw.Error, UnicodeDecodeError) as fault:
                self._tell(unreadable(self._file, fault))
            except StatewrightError as problem:
                self._tell(problem)
        return self._health

    def _tell(self, problem: StatewrightError, run: str = "") -> None:
        self._health.problems.append(problem)
        if run:
            self._damaged.add(run)

    def _pages(self) -> None:
        for (problem,) in self._rows("integrity"):
            if problem != "ok":
                self._tell(unreadable(self._file, apsw.CorruptError(problem)))

    def _tables(self) -> None:
        """The tables and indexes are those of this release; a file of an older one has others."""
        if self._connection.pragma("user_version") == SCHEMA_VERSION:
            with closing(new_schema()) as made:
                expected = set(made.execute(QUERIES["tables"]))
            for _, name, *_ in sorted(expected ^ set(self._rows("tables")), key=repr):
                self._tell(corrupt(self._file, f"the table or index {name!r} is not as it was made"))

    def _cache(self) -> None:
        """Each snapshot is as it was sealed, with its chunks; whether its record is there is seen on the way."""
        self._health.free = self._connection.pragma("page_size") * self._connection.pragma("freelist_count")
        if self._connection.pragma("user_version") < SNAPSHOTS_SINCE:
            return
        self._health.strays = len(self._rows("stray_chunks"))
        for tenant, run in self._rows("every_snapshot"):
            self._health.snapshots += 1
            snapshot = self._store.snapshot(tenant, run)
            if snapshot is not None and self._is_whole(snapshot):
                self._snapshots[tenant, run, snapshot.seq] = snapshot.hash
            else:
                self._health.unusable.append(self._unusable(run, "is not what was stored"))

    def _is_whole(self, snapshot: Snapshot) -> bool:
        chunks = (self._store.chunk(snapshot.tenant, snapshot.run, digest) for digest in snapshot.chunks)
        return is_whole(snapshot) and [chunk_digest(data or b"") for data in chunks] == [*snapshot.chunks]

    def _chains(self) -> None:
        for tenant, run in self._rows("every_run"):
            try:
                row = self._store.index(tenant, run)
                if row is None:
                    # Its row is there, and an index of SQLite that leads to it is not.
                    raise self._corrupt((run, 0), "it is listed, and cannot be found by its name")
                self._chain(row)
            except StatewrightError as problem:
                self._tell(problem, run)
        for _, run, seq in self._snapshots:
            if run not in self._damaged:
                lost = self._unusable(run, f"is of a record {seq} that the journal does not have")
                self._health.unusable.append(lost)

    def _chain(self, row: IndexRow) -> None:
        self._health.runs += 1
        self._needed.setdefault(row.program, (row.run, row.seq))
        for record, entry in walk(self._store, row, str(self._file)):
            self._health.records += 1
            place = (row.run, record.seq)
            if self._snapshots and self._snapshots.get((row.tenant, *place)) == record.hash:
                del self._snapshots[row.tenant, *place]
            for digest in blobs_in(record.body):
                self._needed.setdefault(digest, place)
            event = entry.decoded() if may_name_program(record.body) else None
            if isinstance(event, Started | Migrated):
                self._needed.setdefault(event.program, place)

    def _index(self) -> None:
        """The index and the journal agree on where each run ends, and no record stands outside of a chain."""
        for run, seq in self._rows("contradictions_of_all"):
            if run not in self._damaged:
                self._tell(self._corrupt((run, seq), "the index names it as the last one, and it is not"), run)
        for run, seq, count in self._rows("strays"):
            if run not in self._damaged:
                self._tell(self._corrupt((run, seq), f"{count - seq} records more are stored, and no chain has them"))

    def _seals(self) -> None:
        """What no journal tells is what was written."""
        if self._connection.pragma("user_version") < SEALS_SINCE:
            return
        for (what,) in self._rows("broken_seals"):
            self._tell(corrupt(self._file, f"{what} is not what was written"))

    def _kept(self) -> None:
        """Everything under a digest is what was stored, and nothing that a record names is missing."""
        known: dict[str, Callable[[str], bytes | None]] = {
            **dict.fromkeys(self._digests("every_definition"), self._store.definition),
            **dict.fromkeys(self._digests("every_blob"), self._store.blob),
        }
        self._health.kept = len(known)
        for digest in (named := list(self._needed)):
            data = known[digest](digest) if digest in known else None
            if data is None or hashlib.sha256(data).hexdigest() != digest:
                self._tell(self._lost(digest, "is missing" if data is None else "is not what was stored"))
                continue
            # A large value may name another one, which is then looked at as well.
            for inner in blobs_in(data):
                if inner not in self._needed:
                    self._needed[inner] = self._needed[digest]
                    named.append(inner)
        self._orphans(known)

    def _orphans(self, known: dict[str, Callable[[str], bytes | None]]) -> None:
        orphans = sorted(known.keys() - self._needed.keys())
        for digest in orphans:
            if hashlib.sha256(known[digest](digest) or b"").hexdigest() != digest:
                self._tell(self._lost(digest, "is not what was stored"))
        # Where something could not be read to its end, nobody knows what it needs.
        if not self._health.problems:
            self._health.orphans = orphans

    def _digests(self, query: str) -> list[str]:
        return [digest for (digest,) in self._rows(query)]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(QUERIES[query]).fetchall()

    def _lost(self, digest: str, problem: str) -> StatewrightError:
        what = f"the value or definition {digest[:12]} {problem}"
        if digest in self._needed:
            return self._corrupt(self._needed[digest], what)
        message, hint = f"{self._file}: {what}", "no record that could be read names it; keep a copy of the folder"
        return StatewrightError("JOURNAL_CORRUPT", message, hint=hint, exit_code=EXIT_DIVERGED)

    def _unusable(self, run: str, problem: str) -> StatewrightError:
        message = f"{self._file}: the snapshot of run {run!r} {problem}"
        return StatewrightError("SNAPSHOT_UNUSABLE", message, hint="nothing is lost: the run's whole journal is read")

    def _corrupt(self, place: Place, problem: str) -> JournalCorrupt:
        return JournalCorrupt(str(self._file), *place, problem)
