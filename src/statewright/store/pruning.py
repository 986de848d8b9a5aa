"""Forgets runs that have ended: journals first, run by run, then what no run names any more.

It needs the folder for itself. Each transaction is bounded, and a crash between two of them leaves whole runs, and at
most values that nobody names, which the next time takes along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import msgspec

from statewright.kernel.state import ENDED
from statewright.store.lock import Lock
from statewright.store.opening import DATA_FILE, explained, open_for_reading, open_for_writing
from statewright.store.queries import QUERIES
from statewright.store.transfer import blobs_in, programs_in

# Rows that one transaction takes away, unless a single run has more: some 10 MB of log.
ROWS_AT_ONCE = 10_000
# What stands behind a run's id in the id of one that it started; see `child_id`.
_BEHIND_A_RUN = "-"


class Which(msgspec.Struct, frozen=True):
    """The ended runs that go: of a tenant, not changed since `before` (ms), in a status or in any."""

    tenant: str
    before: int
    status: str = ""


class Pruned(msgspec.Struct):
    """What went, or would go. `kept` counts runs that an open run may still ask about."""

    runs: int = 0
    records: int = 0
    values: int = 0  # large values and definitions
    kept: int = 0


def prune(folder: Path, which: Which) -> Pruned:
    """Takes the runs away, and every value and definition that no run names then. Raises what opening raises."""
    file = folder / DATA_FILE
    with explained(file):
        if not file.exists():
            return Pruned()
        lock = Lock(folder)
    try:
        with closing(open_for_writing(file)) as connection, explained(file):
            # The journal has no index by run, and its rows go with their run: looking for others would read all of it.
            connection.pragma("foreign_keys", False)
            pruning = _Pruning(connection, which)
            pruning.take_runs()
            pruning.take_values()
            return pruning.pruned
    finally:
        lock.release()


def would_prune(folder: Path, which: Which) -> Pruned:
    """Returns which runs `prune` would take; values are only known afterwards."""
    file = folder / DATA_FILE
    with closing(open_for_reading(file)) as connection, explained(file):
        pruning = _Pruning(connection, which)
        for _, _, records in pruning.chosen():
            pruning.pruned.runs += 1
            pruning.pruned.records += records
        return pruning.pruned


class _Pruning:
    def __init__(self, connection: apsw.Connection, which: Which) -> None:
        self.pruned = Pruned()
        self._connection = connection
        self._which = which

    def chosen(self) -> list[tuple[int, str, int]]:
        """Returns the runs that go: number, id, records. One that an open run may still ask for an answer stays."""
        open_runs = {run for (run,) in self._rows("runs_open", (self._which.tenant, _ENDED))}
        sought = {**msgspec.structs.asdict(self._which), "ended": _ENDED}
        found = [(id, run, seq) for id, run, seq in self._rows("runs_to_prune", sought)]
        chosen = [row for row in found if not _is_awaited(row[1], open_runs)]
        self.pruned.kept = len(found) - len(chosen)
        return chosen

    def take_runs(self) -> None:
        batch: list[tuple[int, str, int]] = []
        size = 0
        for row in self.chosen():
            if batch and size + row[2] > ROWS_AT_ONCE:
                self._take(batch)
                batch, size = [], 0
            batch.append(row)
            size += row[2]
        self._take(batch)

    def _take(self, batch: Sequence[tuple[int, str, int]]) -> None:
        with self._transaction():
            for id, run, records in batch:
                key = {"tenant": self._which.tenant, "run": run, "after": 0}
                self._connection.executemany(QUERIES["forget_record"], self._rows("trail", key))
                self._connection.execute(QUERIES["forget_run"], (id,))
                self._connection.execute(QUERIES["forget_claims"], (self._which.tenant, run))
                # No effect of a run that is gone is performed again.
                self._connection.execute(QUERIES["forget_remembered"], (self._which.tenant, run, run))
                self.pruned.runs += 1
                self.pruned.records += records

    def take_values(self) -> None:
        """Takes away what no record names. Looking reads the journal once, and holds back nobody."""
        named = self._named()
        for table in ("blob", "definition"):
            left = iter([digest for (digest,) in self._rows(f"every_{table}") if digest not in named])
            while batch := list(islice(left, ROWS_AT_ONCE)):
                with self._transaction():
                    self._connection.executemany(QUERIES[f"forget_{table}"], [(digest,) for digest in batch])
                self.pruned.values += len(batch)

    def _named(self) -> set[str]:
        named = {program for (program,) in self._rows("programs")}
        waiting: list[str] = []
        for (body,) in self._connection.execute(QUERIES["bodies_that_name"]):
            named.update(programs_in(body))
            waiting += blobs_in(body)
        while waiting:
            digest = waiting.pop()
            if digest not in named:
                named.add(digest)
                # A large value may name another one.
                for (data,) in self._rows("blob", (digest,)):
                    waiting += blobs_in(data)
        return named

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute(QUERIES["begin"])
        try:
            yield
            self._connection.execute(QUERIES["commit"])
        finally:
            if self._connection.in_transaction:
                self._connection.execute(QUERIES["rollback"])

    def _rows(self, query: str, bindings: apsw.Bindings = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(QUERIES[query], bindings).fetchall()


_ENDED = msgspec.json.encode(sorted(ENDED)).decode()


def _is_awaited(run: str, open_runs: set[str]) -> bool:
    """Says whether an open run has started this one, at any remove: it might start it again, were it gone."""
    return any(run[:at] in open_runs for at, letter in enumerate(run) if letter == _BEHIND_A_RUN)
