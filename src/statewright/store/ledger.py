"""Turns what is to be written into rows. It knows where each journal ends; transactions and threads are its caller's.

Rows are gathered first and written table by table: one statement's rows together, and one index row per run however
many records the run has in a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import msgspec

from statewright.store.contract import Append, IndexRow, KeyTaken, PositionTaken
from statewright.store.conversations import Conversations, Words
from statewright.store.queries import QUERIES

# Some 6 MB of ends. Past it they are forgotten together, and each run costs one more query when it goes on.
TAILS_MAX = 16_384

Row = tuple[int | str | bytes, ...]
Outcome = Exception | None


Write = Append | Words


class Tail(msgspec.Struct):
    """Where a journal ends, and what its index row says of the future."""

    id: int
    seq: int
    last: int
    owes: int
    next_due: int
    status: str


class Rows(msgspec.Struct):
    """The rows of one transaction, by table."""

    begun: list[Row] = []
    records: list[Row] = []
    index: dict[int, Row] = {}
    due: dict[int, Row] = {}
    status: dict[int, Row] = {}
    blobs: list[Row] = []
    definitions: list[Row] = []
    claims: dict[tuple[str, str, str], Row] = {}
    said: list[Words] = []


class Overtaken(Exception):
    """Raised where an index row is not as this ledger left it: somebody else has written to the file."""


class Ledger:
    """The only writer's books. After a transaction that failed, `forget` must be called."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._conversations = Conversations(connection)
        self._tails: dict[tuple[str, str], Tail] = {}
        self._definitions: set[str] = set()  # digests of those that are kept, as far as known
        self._position = 0
        self._id = 0
        self._knows_ends = False

    def write(self, entries: Sequence[Write]) -> list[Outcome]:
        """Writes all rows. A record that does not follow its journal is left out, and its outcome says so."""
        if not self._knows_ends:
            self._position, self._id = self._connection.execute(QUERIES["ends"]).get
            self._knows_ends = True
        rows = Rows()
        outcomes = [self._gather(entry, rows) for entry in entries]
        self._flush(rows)
        if len(self._tails) > TAILS_MAX:
            self._tails.clear()
            self._definitions.clear()
        return outcomes

    def forget(self) -> None:
        """Drops what the ledger knows; it reads again."""
        self._tails.clear()
        self._definitions.clear()
        self._knows_ends = False

    def _gather(self, entry: Write, rows: Rows) -> Outcome:
        if isinstance(entry, Words):
            rows.said.append(entry)
            return None
        tail = self._tail(entry.index)
        expected = tail.seq + 1 if tail is not None else 1
        if entry.record.seq != expected:
            return PositionTaken(entry.index.run, expected, entry.record.seq)
        holder = self._holder(entry, rows)
        if holder is not None:
            return holder
        self._append(entry, tail or self._begin(entry.index, rows), rows)
        return None

    def _holder(self, entry: Append, rows: Rows) -> KeyTaken | None:
        """Returns who has the entry's key. A key that nobody has is the entry's now."""
        claim, index = entry.claim, entry.index
        if claim is None:
            return None
        key = (index.tenant, index.workflow, claim.key)
        found = self._connection.execute(QUERIES["claimed"], key).fetchone() or rows.claims.get(key)
        if found is None:
            rows.claims[key] = (index.run, claim.digest)
            return None
        return KeyTaken(claim.key, str(found[0]))

    def _append(self, entry: Append, tail: Tail, rows: Rows) -> None:
        record, index = entry.record, entry.index
        earlier = rows.index.get(tail.id)
        last_on_disk = tail.last if earlier is None else earlier[-1]
        self._position += 1
        rows.records.append((self._position, tail.id, record.seq, tail.last, record.body, record.hash))
        rows.blobs += entry.blobs
        if entry.definition is not None and entry.definition[0] not in self._definitions:
            self._definitions.add(entry.definition[0])
            rows.definitions.append(entry.definition)
        if (index.owes, index.next_due) != (tail.owes, tail.next_due):
            rows.due[tail.id] = (index.owes, index.next_due, tail.id)
        if index.status != tail.status:
            tail.status = index.status
            rows.status[tail.id] = (index.status, tail.id)
        tail.seq, tail.last, tail.owes, tail.next_due = record.seq, self._position, index.owes, index.next_due
        rows.index[tail.id] = (
            index.workflow,
            index.program,
            record.seq,
            self._position,
            index.updated_at,
            index.simulated,
            index.error,
            tail.id,
            last_on_disk,
        )

    def _begin(self, index: IndexRow, rows: Rows) -> Tail:
        self._id += 1
        rows.begun.append((self._id, index.tenant, index.run, index.status, index.started_at))
        tail = self._tails[index.tenant, index.run] = Tail(self._id, 0, 0, 0, 0, index.status)
        return tail

    def _tail(self, index: IndexRow) -> Tail | None:
        key = (index.tenant, index.run)
        tail = self._tails.get(key)
        if tail is None:
            row = self._connection.execute(QUERIES["tail"], key).fetchone()
            if row is not None:
                tail = self._tails[key] = Tail(*row)
        return tail

    def _flush(self, rows: Rows) -> None:
        many = self._connection.executemany
        # A journal row refers to its run, so runs come first.
        if rows.begun:
            many(QUERIES["begin_run"], rows.begun)
        if rows.records:
            many(QUERIES["append"], rows.records)
        if rows.index:
            before = self._connection.total_changes()
            many(QUERIES["index"], rows.index.values())
            if self._connection.total_changes() - before != len(rows.index):
                raise Overtaken
        if rows.due:
            many(QUERIES["index_due"], rows.due.values())
        if rows.status:
            many(QUERIES["index_status"], rows.status.values())
        if rows.blobs:
            many(QUERIES["keep_blob"], rows.blobs)
        if rows.definitions:
            many(QUERIES["keep_definition"], rows.definitions)
        if rows.claims:
            many(QUERIES["claim"], [(*key, *row) for key, row in rows.claims.items()])
        for words in rows.said:
            self._conversations.change(words)
