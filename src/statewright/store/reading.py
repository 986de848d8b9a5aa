"""The reading half of the SQLite store: one connection, used from its owner's thread, that sees what is committed.

No query stays open between two calls, so no reader ever holds back a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import msgspec

from statewright.errors import EXIT_NOT_FOUND, StatewrightError
from statewright.kernel import values
from statewright.kernel.journal import Record
from statewright.kernel.state import ENDED
from statewright.kernel.values import Json
from statewright.store.contract import Claimed, IndexRow, Placed, Running, Stretch
from statewright.store.opening import unreadable
from statewright.store.queries import QUERIES
from statewright.store.remembering import Conversation, Held, Remembered
from statewright.store.snapshots import Snapshot
from statewright.store.walking import walk

# Records fetched at once: enough to hide the cost of a query, little beside the state they make.
RECORDS_AT_ONCE = 256

_BEHIND_ALL = 2**63 - 1  # no row has a greater number

_ENDED = msgspec.json.encode(sorted(ENDED)).decode()

_Row = tuple[Json, ...]


class Reading:
    """Reads a data file. `file` is named in errors."""

    def __init__(self, connection: apsw.Connection, file: Path) -> None:
        self.file = file
        self._reading = connection

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        trail = [position for (position,) in self._rows("trail", {"tenant": tenant, "run": run, "after": after})]
        trail.reverse()
        for start in range(0, len(trail), RECORDS_AT_ONCE):
            for row in self._records(trail[start : start + RECORDS_AT_ONCE]):
                yield self._record(*row)

    def _record(self, seq: object, body: object, hash: object) -> Record:
        # A damaged row can hold other types than its table allows.
        if isinstance(seq, int) and isinstance(body, bytes) and isinstance(hash, bytes):
            return Record(seq, body, hash)
        raise unreadable(self.file, apsw.CorruptError("a record holds what no record can"))

    def claimed(self, tenant: str, workflow: str, key: str) -> Claimed | None:
        rows = self._rows("claimed", (tenant, workflow, key))
        return Claimed(*rows[0]) if rows else None

    def index(self, tenant: str, run: str) -> IndexRow | None:
        rows = self._rows("run", (tenant, run))
        return _index_row(rows[0]) if rows else None

    def runs(self, tenant: str, *, workflow: str = "", status: str = "", limit: int = 100) -> list[IndexRow]:
        sought = {"tenant": tenant, "workflow": workflow, "status": status, "limit": limit}
        return [_index_row(row) for row in self._rows("runs", sought)]

    def running(self, tenant: str, *, before: int = 0, limit: int) -> Running:
        rows = self._rows("running", {"tenant": tenant, "before": before or _BEHIND_ALL, "limit": limit})
        return Running([_index_row(row[1:]) for row in rows], rows[-1][0] if len(rows) == limit else 0)

    def owing(self, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        return self._page("owing", after, limit, 0)

    def due(self, now: int, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        # Two seeks: a million timers of one instant are one stretch of the index, and no page may begin at its start.
        alike = self._page("due_alike", after, limit, now) if after is not None else []
        return alike + self._page("due_later", after, limit - len(alike), now)

    def next_due(self, after: int = 0) -> int:
        rows = self._rows("next_due", {"after": after, "ended": _ENDED})
        return rows[0][0] if rows else 0

    def blob(self, digest: str) -> bytes | None:
        return self._bytes(self._rows("blob", (digest,)))

    def definition(self, digest: str) -> bytes | None:
        return self._bytes(self._rows("definition", (digest,)))

    def converse(self, tenant: str, memory: str, key: str, *, now: int, limit: int = 1_000) -> Conversation:
        for id, *figures in self._rows("held", (tenant, memory, key)):
            held = Held(*figures)
            if not 0 < held.expires <= now:
                said = [values.decode(data) for (data,) in reversed(self._rows("converse", (id, limit)))]
                return Conversation(said, *figures)
        return Conversation([])

    def remembered(self, tenant: str, effect: str) -> Remembered | None:
        rows = self._rows("remembered", (tenant, effect))
        return msgspec.json.decode(rows[0][0], type=Remembered) if rows else None

    def tail(self, tenant: str, after: int, limit: int) -> Stretch:
        rows = self._rows("tail_of_all", {"tenant": tenant, "after": after, "limit": limit})
        placed = [
            Placed(position, run, Record(seq, body, hash)) for position, is_its, run, seq, body, hash in rows if is_its
        ]
        return Stretch(placed, rows[-1][0] if rows else after)

    def end(self) -> tuple[int, bytes]:
        rows = self._rows("end", ())
        return rows[0] if rows else (0, b"")

    def hash_at(self, position: int) -> bytes | None:
        rows = self._rows("hash_at", (position,))
        return rows[0][0] if rows else None

    def forgotten(self, tenant: str = "") -> int:
        found: int = self._rows("forgotten", (tenant,))[0][0]
        return found

    def version(self) -> int:
        found: int = self._rows("version", ())[0][0]
        return found

    def snapshot(self, tenant: str, run: str) -> Snapshot | None:
        for seq, hash, program, logic, codec, chunks, data, seal in self._rows("snapshot", (tenant, run)):
            return Snapshot(
                tenant=tenant, run=run, seq=seq, hash=hash, program=program, logic=logic, codec=codec,
                chunks=tuple(chunks.split()), data=data, seal=seal,
            )  # fmt: skip
        return None

    def chunk(self, tenant: str, run: str, digest: str) -> bytes | None:
        rows = self._rows("chunk", (tenant, run, digest))
        return rows[0][0] if rows else None

    def verify(self, tenant: str, run: str) -> IndexRow:
        """Walks the run's chain from its first record, and returns its index row. Raises `JournalCorrupt`."""
        row = self.index(tenant, run)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", exit_code=EXIT_NOT_FOUND)
        for _ in walk(self, row, str(self.file)):
            """Being walked is being proven."""
        return row

    def _bytes(self, rows: list[_Row]) -> bytes | None:
        """Returns what stands in the only row, if there is one; damage can give it another type."""
        data = rows[0][0] if rows else None
        if data is None or isinstance(data, bytes):
            return data
        raise unreadable(self.file, apsw.CorruptError("a value or definition holds what none can"))

    def _page(self, query: str, after: IndexRow | None, limit: int, now: int) -> list[IndexRow]:
        tenant, run, due = ("", "", 0) if after is None else (after.tenant, after.run, after.next_due)
        behind = {"tenant": tenant, "run": run, "due": due, "now": now, "limit": limit, "ended": _ENDED}
        return [_index_row(row) for row in self._rows(query, behind)]

    def _records(self, positions: list[int]) -> list[_Row]:
        try:
            rows = self._reading.executemany(QUERIES["record"], ((position,) for position in positions))
            return rows.fetchall()
        except (apsw.Error, UnicodeDecodeError) as fault:
            raise unreadable(self.file, fault) from fault

    def _rows(self, query: str, bindings: apsw.Bindings) -> list[_Row]:
        try:
            return self._reading.execute(QUERIES[query], bindings).fetchall()
        except (apsw.Error, UnicodeDecodeError) as fault:
            raise unreadable(self.file, fault) from fault


def _index_row(row: _Row) -> IndexRow:
    *_, simulated, error = row
    return IndexRow(
        tenant=row[0],
        run=row[1],
        workflow=row[2],
        program=row[3],
        status=row[4],
        seq=row[5],
        started_at=row[6],
        updated_at=row[7],
        owes=row[8],
        next_due=row[9],
        simulated=bool(simulated),
        error=error,
    )
