"""The store in memory: the whole contract and no disk. For tests, simulations, and runs that nobody will ask about."""

from __future__ import annotations

from collections.abc import Iterator

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
    PositionTaken,
)
from statewright.store.remembering import Conversation, Conversations, Remembered, Said
from statewright.store.transfer import blobs_in
from statewright.store.walking import walk

_Key = tuple[str, str]


class MemoryStore:
    """Keeps everything in dictionaries. Acknowledgements come when `hand_back` brings them."""

    def __init__(self, hand_back: HandBack) -> None:
        self._hand_back = hand_back
        self._journals: dict[_Key, list[Record]] = {}
        self._index: dict[_Key, IndexRow] = {}
        self._blobs: dict[str, bytes] = {}
        self._definitions: dict[str, bytes] = {}
        self._conversations = Conversations()
        self._claims: dict[tuple[str, str, str], Claimed] = {}
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

    def open_runs(self, now: int) -> list[IndexRow]:
        return [row for row in self._waiting() if row.owes or 0 < row.next_due <= now]

    def next_due(self) -> int:
        return min((row.next_due for row in self._waiting() if row.next_due), default=0)

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

    def check(self) -> Health:
        health = Health(runs=len(self._index), kept=len(self._blobs) + len(self._definitions))
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
        self._index[key] = entry.index
        self._blobs.update(entry.blobs)
        if entry.definition is not None:
            self._definitions.update([entry.definition])
        return None

    def _waiting(self) -> Iterator[IndexRow]:
        return (row for row in self._index.values() if row.status not in ENDED)

    def _closing(self) -> StatewrightError | None:
        return StatewrightError("STORE_CLOSED", "the store is closed", hint="open another") if self._closed else None

    def _tell(self, done: Acknowledge, outcome: Exception | None) -> None:
        self._hand_back(lambda: done(outcome))
