"""Forgets runs that have ended: journals first, run by run, then what no run names any more, then the room they took.

Each step is one bounded transaction, so that a host can go on between two of them. A crash leaves whole runs, and at
most values that nobody names, which `prune` takes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import msgspec

from statewright.kernel.state import ENDED
from statewright.store.forgetting import Pruned, Which, starters
from statewright.store.lock import Lock
from statewright.store.opening import DATA_FILE, explained, open_for_reading, open_for_writing
from statewright.store.queries import QUERIES
from statewright.store.transaction import transaction
from statewright.store.transfer import blobs_in, programs_in

# Index rows that are looked at for one step: some milliseconds.
LOOKED_AT = 5_000
# Rows that one transaction takes away, unless a single run has more: some 10 MB of log.
ROWS_AT_ONCE = 10_000
# As long as a host serves, its next commit waits for a step: some 5 ms.
ROWS_WHILE_SERVING = 500
# Records whose bytes one step reads.
BODIES_AT_ONCE = 1_000
# Pages that a host leaves for what comes next, 16 MB; giving them back and taking them again would cost twice.
FREE_WHILE_SERVING = 4_096

_ENDED = msgspec.json.encode(sorted(ENDED)).decode()
_Run = tuple[int, str, str, int, int]  # number, tenant, id, records, last position


def prune(folder: Path, which: Which) -> Pruned:
    """Takes the runs away, and every value and definition that no run names then. Raises what opening raises.

    It needs the folder for itself.
    """
    file = folder / DATA_FILE
    with explained(file):
        if not file.exists():
            return Pruned()
        lock = Lock(folder)
    try:
        with closing(open_for_writing(file)) as connection, explained(file):
            pruning = Pruning(which)
            for _ in pruning.steps(connection):
                """Nobody else waits for the folder."""
            return pruning.pruned
    finally:
        lock.release()


def would_prune(folder: Path, which: Which) -> Pruned:
    """Returns which runs `prune` would take; values are only known afterwards."""
    file = folder / DATA_FILE
    with closing(open_for_reading(file)) as connection, explained(file):
        pruning = _Pruning(connection, which, Pruned(), ROWS_AT_ONCE)
        for _, _, _, records, _ in pruning.chosen():
            pruning.pruned.runs += 1
            pruning.pruned.records += records
        return pruning.pruned


class Pruning:
    """Forgets runs step by step; `pruned` tells what has gone so far. While a host serves, its steps are small.

    A host takes away only values that the runs named which went; all others are looked at where nobody is kept waiting.
    """

    moves_ends = True

    def __init__(self, which: Which, *, is_serving: bool = False) -> None:
        self.pruned = Pruned()
        self._which = which
        self._is_serving = is_serving

    def steps(self, connection: apsw.Connection) -> Iterator[None]:
        rows = ROWS_WHILE_SERVING if self._is_serving else ROWS_AT_ONCE
        pruning = _Pruning(connection, self._which, self.pruned, rows)
        yield from pruning.take_runs()
        if not self._is_serving:
            pruning.suspect_all()
            yield from pruning.take_stray_chunks()
        yield from pruning.take_values()
        yield from pruning.give_back(FREE_WHILE_SERVING if self._is_serving else 0)


class _Pruning:
    def __init__(self, connection: apsw.Connection, which: Which, pruned: Pruned, rows: int) -> None:
        self.pruned = pruned
        self._connection = connection
        self._which = which
        self._rows_at_once = rows
        # Values and definitions that nobody may need any more.
        self._suspected: set[str] = set()

    def chosen(self) -> Iterator[_Run]:
        """Yields the runs that go. One that an open run may still ask for an answer stays."""
        after = 0
        while True:
            window = self._rows("next_runs", (after, LOOKED_AT))[0][0]
            if window is None:
                return
            sought = {**msgspec.structs.asdict(self._which), "ended": _ENDED, "after": after, "until": window}
            for row in self._rows("runs_to_prune", sought):
                if self._is_awaited(row[1], row[2]):
                    self.pruned.kept += 1
                else:
                    yield row
            after = window

    def take_runs(self) -> Iterator[None]:
        batch: list[_Run] = []
        size = 0
        for row in self.chosen():
            if batch and size + row[3] > self._rows_at_once:
                self._take(batch)
                yield
                batch, size = [], 0
            batch.append(row)
            size += row[3]
        self._take(batch)
        yield

    def _take(self, batch: list[_Run]) -> None:
        # The journal has no index by run, and its rows go with their run: looking for others would read all of it.
        self._connection.pragma("foreign_keys", False)
        try:
            with transaction(self._connection):
                for row in batch:
                    self._take_run(*row)
        finally:
            self._connection.pragma("foreign_keys", True)

    def _take_run(self, id: int, tenant: str, run: str, records: int, last: int) -> None:
        execute = self._connection.execute
        trail = self._rows("trail", {"tenant": tenant, "run": run, "after": 0})
        for (body,) in self._connection.executemany(QUERIES["forget_record"], trail):
            self._suspect(body)
        execute(QUERIES["forget_snapshot"], (id,))
        execute(QUERIES["forget_chunks"], (id,))
        execute(QUERIES["forget_run"], (id,))
        execute(QUERIES["forget_claims"], (tenant, run))
        # No effect of a run that is gone is performed again.
        execute(QUERIES["forget_remembered"], (tenant, run, run))
        execute(QUERIES["forgotten_to"], (tenant, last))
        self.pruned.runs += 1
        self.pruned.records += records

    def _suspect(self, body: bytes) -> None:
        self._suspected.update(programs_in(body))
        self._suspected.update(self._named_by(body))

    def suspect_all(self) -> None:
        """Looks at every value and definition, whoever has left it."""
        for table in ("blob", "definition"):
            self._suspected.update(digest for (digest,) in self._rows(f"every_{table}"))

    def take_stray_chunks(self) -> Iterator[None]:
        with transaction(self._connection):
            self._connection.executemany(QUERIES["forget_chunk"], self._rows("stray_chunks"))
        yield

    def take_values(self) -> Iterator[None]:
        """Takes away what no record names. Looking reads the journal once, and holds back nobody."""
        position = 0
        while self._suspected:
            with transaction(self._connection):
                page = self._rows("bodies", (position, BODIES_AT_ONCE))
                for _, body in page:
                    self._clear(body)
                position = page[-1][0] if page else position
                if len(page) < BODIES_AT_ONCE:
                    # In the same transaction: what comes after it brings its values along.
                    self._forget_values()
            yield

    def _clear(self, body: bytes) -> None:
        """What a record names is needed, and what such a value names as well."""
        self._suspected.difference_update(programs_in(body))
        self._suspected.difference_update(self._named_by(body))

    def _named_by(self, body: bytes) -> Iterator[str]:
        waiting, seen = blobs_in(body), set[str]()
        while waiting:
            digest = waiting.pop()
            if digest not in seen:
                seen.add(digest)
                yield digest
                for (data,) in self._rows("blob", (digest,)):
                    waiting += blobs_in(data)

    def _forget_values(self) -> None:
        for digest in sorted(self._suspected):
            for table in ("blob", "definition"):
                before = self._connection.total_changes()
                self._connection.execute(QUERIES[f"forget_{table}"], (digest,))
                self.pruned.values += self._connection.total_changes() - before
        self._suspected.clear()

    def give_back(self, free: int) -> Iterator[None]:
        """Makes the file smaller by what is free in it, but for so many pages."""
        while (left := self._connection.pragma("freelist_count")) > free:
            self._rows("give_back")
            yield
            if self._connection.pragma("freelist_count") >= left:
                return

    def _is_awaited(self, tenant: str, run: str) -> bool:
        names = starters(run)
        if not names:
            return False
        asked = (tenant, msgspec.json.encode(names).decode(), _ENDED)
        return bool(self._rows("is_open", asked)[0][0])

    def _rows(self, query: str, bindings: apsw.Bindings = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(QUERIES[query], bindings).fetchall()
