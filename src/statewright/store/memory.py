"""The store in memory: the whole contract and no disk. For tests, simulations, and runs that nobody will ask about."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.kernel.journal import Record
from statewright.kernel.state import ENDED
from statewright.store.contract import Acknowledge, Append, Conversation, HandBack, IndexRow, PositionTaken, Said

_Key = tuple[str, str]


class _Spoken(msgspec.Struct, frozen=True):
    expires: int
    messages: bytes


class MemoryStore:
    """Keeps everything in dictionaries. Acknowledgements come when `hand_back` brings them."""

    def __init__(self, hand_back: HandBack) -> None:
        self._hand_back = hand_back
        self._journals: dict[_Key, list[Record]] = {}
        self._index: dict[_Key, IndexRow] = {}
        self._blobs: dict[str, bytes] = {}
        self._definitions: dict[str, bytes] = {}
        self._spoken: dict[tuple[str, str, str], list[_Spoken]] = {}
        self._effects: set[_Key] = set()
        self._closed = False

    def append(self, entry: Append, done: Acknowledge) -> None:
        self._tell(done, self._closing() or self._append(entry))

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        yield from self._journals.get((tenant, run), [])[after:]

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
        messages = [
            message
            for spoken in self._spoken.get((tenant, memory, key), ())
            if not 0 < spoken.expires <= now
            for message in values.decode(spoken.messages)
        ]
        return Conversation(messages[max(0, len(messages) - limit) :])

    def remember(self, said: Said, done: Acknowledge) -> None:
        spoken = _Spoken(said.expires, values.encode(said.messages))
        closed = self._closing()
        if closed is None and (said.tenant, said.effect) not in self._effects:
            self._effects.add((said.tenant, said.effect))
            self._spoken.setdefault((said.tenant, said.memory, said.key), []).append(spoken)
        self._tell(done, closed)

    def close(self) -> None:
        self._closed = True

    def _append(self, entry: Append) -> Exception | None:
        key = (entry.index.tenant, entry.index.run)
        expected = len(self._journals.get(key, ())) + 1
        if entry.record.seq != expected:
            return PositionTaken(entry.index.run, expected, entry.record.seq)
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
