"""The store in memory: the whole contract and no disk. For tests, simulations, and runs that nobody will ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.kernel.journal import Record
from statewright.kernel.state import ENDED
from statewright.store.contract import (
    Acknowledge,
    Append,
    Claimed,
    HandBack,
    Health,
    IndexRow,
    KeyTaken,
    Placed,
    PositionTaken,
    Running,
    Stretch,
)
from statewright.store.forgetting import Pruned, Which, starters
from statewright.store.remembering import Conversation, Conversations, Remembered, Said
from statewright.store.snapshots import Chunk, Packing, Snapshot
from statewright.store.transfer import blobs_in
from statewright.store.walking import walk

_Key = tuple[str, str]
_Placed = tuple[int, IndexRow | None]


class MemoryStore:
    """Keeps everything in dictionaries. Acknowledgements come when `hand_back` brings them."""

    def __init__(self, hand_back: HandBack) -> None:
        self._hand_back = hand_back
        self._journals: dict[_Key, list[Record]] = {}
        self._commits: list[tuple[_Key, Record] | None] = []  # in order, of all runs; None is forgotten
        self._forgotten: dict[str, int] = {}
        self._index: dict[_Key, IndexRow] = {}
        self._numbers: dict[_Key, int] = {}  # of the runs, in the order of their starts
        self._begun = 0
        self._blobs: dict[str, bytes] = {}
        self._definitions: dict[str, bytes] = {}
        self._conversations = Conversations()
        self._claims: dict[tuple[str, str, str], Claimed] = {}
        self._snapshots: dict[_Key, Snapshot] = {}
        self._chunks: dict[_Key, dict[str, bytes]] = {}
        self._closed = False

    def append(self, entry: Append, done: Acknowledge) -> None:
        self._tell(done, self._closing() or self._append(entry))

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        yield from self._journals.get((tenant, run), [])[after:]

    def claimed(self, tenant: str, workflow: str, key: str) -> Claimed | None:
        return self._claims.get((tenant, workflow, key))

    def index(self, tenant: str, run: str) -> IndexRow | None:
        return self._index.get((tenant, run))

    def runs(self, tenant: str, *, workflow: str = "", status: str = "", limit: int = 100) -> list[IndexRow]:
        found = [
            row
            for row in reversed(self._index.values())
            if row.tenant == tenant and workflow in ("", row.workflow) and status in ("", row.status)
        ]
        return sorted(found, key=lambda row: row.started_at, reverse=True)[:limit]

    def running(self, tenant: str, *, before: int = 0, limit: int) -> Running:
        page: list[IndexRow] = []
        for key in reversed(self._index):
            row, number = self._index[key], self._numbers[key]
            if row.status == "running" and row.tenant == tenant and not 0 < before <= number:
                page.append(row)
                if len(page) == limit:
                    return Running(page, number)
        return Running(page, 0)

    def owing(self, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        return self._behind((0, after), [(0, row) for row in self._waiting() if row.owes], limit)

    def due(self, now: int, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        due = [(row.next_due, row) for row in self._waiting() if 0 < row.next_due <= now]
        return self._behind((after.next_due if after else 0, after), due, limit)

    def next_due(self, after: int = 0) -> int:
        return min((row.next_due for row in self._waiting() if row.next_due > after), default=0)

    def blob(self, digest: str) -> bytes | None:
        return self._blobs.get(digest)

    def definition(self, digest: str) -> bytes | None:
        return self._definitions.get(digest)

    def converse(self, tenant: str, memory: str, key: str, *, now: int, limit: int = 1_000) -> Conversation:
        held, said = self._conversations.read((tenant, memory, key), now=now, limit=limit)
        return Conversation(list(map(values.decode, said)), held.count, held.tokens, held.flushed_at, held.expires)

    def remember(self, said: Said, done: Acknowledge) -> None:
        closed = self._closing()
        if closed is None:
            self._conversations.change(said, tuple(map(values.encode, said.messages)))
        self._tell(done, closed)

    def remembered(self, tenant: str, effect: str) -> Remembered | None:
        return self._conversations.remembered(tenant, effect)

    def tail(self, tenant: str, after: int, limit: int) -> Stretch:
        page = self._commits[after : after + limit]
        placed = [
            Placed(position, one[0][1], one[1])
            for position, one in enumerate(page, after + 1)
            if one is not None and one[0][0] == tenant
        ]
        return Stretch(placed, after + len(page))

    def end(self) -> tuple[int, bytes]:
        for position in range(len(self._commits), 0, -1):
            hash = self.hash_at(position)
            if hash is not None:
                return position, hash
        return 0, b""

    def hash_at(self, position: int) -> bytes | None:
        one = self._commits[position - 1] if 0 < position <= len(self._commits) else None
        return None if one is None else one[1].hash

    def forgotten(self, tenant: str = "") -> int:
        if tenant:
            return self._forgotten.get(tenant, 0)
        return max(self._forgotten.values(), default=0)

    def version(self) -> int:
        return len(self._commits)

    def keep(self, packing: Packing, done: Acknowledge) -> None:
        self._tell(done, self._closing() or self._keep(packing))

    def snapshot(self, tenant: str, run: str) -> Snapshot | None:
        return self._snapshots.get((tenant, run))

    def chunk(self, tenant: str, run: str, digest: str) -> bytes | None:
        return self._chunks.get((tenant, run), {}).get(digest)

    def forget(self, which: Which, done: Callable[[Pruned | Exception], None]) -> None:
        outcome = self._closing() or self._forget(which)
        self._hand_back(lambda: done(outcome))

    def check(self) -> Health:
        kept = len(self._blobs) + len(self._definitions)
        health = Health(runs=len(self._index), kept=kept, snapshots=len(self._snapshots))
        needed = {row.program for row in self._index.values()}
        for row in self._index.values():
            for record, _ in walk(self, row, "memory"):
                health.records += 1
                needed.update(blobs_in(record.body))
        health.orphans = sorted({*self._blobs, *self._definitions} - needed)
        return health

    def close(self) -> None:
        self._closed = True

    def _append(self, entry: Append) -> Exception | None:
        key = (entry.index.tenant, entry.index.run)
        expected = len(self._journals.get(key, ())) + 1
        if entry.record.seq != expected:
            return PositionTaken(entry.index.run, expected, entry.record.seq)
        if entry.claim is not None:
            claim = (key[0], entry.index.workflow, entry.claim.key)
            if claim in self._claims:
                return KeyTaken(entry.claim.key, self._claims[claim].run)
            self._claims[claim] = Claimed(key[1], entry.claim.digest)
        self._journals.setdefault(key, []).append(entry.record)
        self._commits.append((key, entry.record))
        if key not in self._index:
            self._begun += 1
            self._numbers[key] = self._begun
        self._index[key] = entry.index
        self._blobs.update(entry.blobs)
        if entry.definition is not None:
            self._definitions.update([entry.definition])
        return None

    def _forget(self, which: Which) -> Pruned:
        pruned = Pruned()
        for key, row in list(self._index.items()):
            is_meant = which.tenant in ("", row.tenant) and which.status in ("", row.status)
            if not is_meant or row.status not in ENDED or row.updated_at >= which.before:
                continue
            if any(self._is_open((row.tenant, run)) for run in starters(row.run)):
                pruned.kept += 1
                continue
            pruned.runs += 1
            pruned.records += len(self._journals.pop(key))
            del self._index[key], self._numbers[key]
            self._snapshots.pop(key, None)
            self._chunks.pop(key, None)
        self._forget_commits()
        self._claims = {claim: held for claim, held in self._claims.items() if (claim[0], held.run) in self._index}
        for digest in self.check().orphans:
            self._blobs.pop(digest, None)
            self._definitions.pop(digest, None)
            pruned.values += 1
        return pruned

    def _forget_commits(self) -> None:
        for position, one in enumerate(self._commits, 1):
            if one is not None and one[0] not in self._index:
                self._commits[position - 1] = None
                self._forgotten[one[0][0]] = position

    def _is_open(self, key: _Key) -> bool:
        row = self._index.get(key)
        return row is not None and row.status not in ENDED

    def _keep(self, packing: Packing) -> Exception | None:
        for part in packing():
            key = (part.tenant, part.run)
            chunks = self._chunks.setdefault(key, {})
            if isinstance(part, Chunk):
                chunks[part.digest] = part.data
            else:
                self._snapshots[key] = part
                self._chunks[key] = {digest: data for digest, data in chunks.items() if digest in part.chunks}
        return None

    def _waiting(self) -> Iterator[IndexRow]:
        return (row for row in self._index.values() if row.status not in ENDED)

    def _behind(self, after: _Placed, rows: list[tuple[int, IndexRow]], limit: int) -> list[IndexRow]:
        """Returns the first of the rows behind `after`, by their number and then in the order of their starts."""
        places = self._numbers
        number, row = after
        passed = (number, places.get((row.tenant, row.run), 0) if row else 0)
        ordered = sorted((((number, places[row.tenant, row.run]), row) for number, row in rows), key=lambda one: one[0])
        return [row for place, row in ordered if place > passed][:limit]

    def _closing(self) -> StatewrightError | None:
        return StatewrightError("STORE_CLOSED", "the store is closed", hint="open another") if self._closed else None

    def _tell(self, done: Acknowledge, outcome: Exception | None) -> None:
        self._hand_back(lambda: done(outcome))
