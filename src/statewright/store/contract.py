"""What every store promises. The contract is documented here once; tests/store runs it over each implementation.

Writing is asynchronous and ordered: `append` queues, and `done` is called after the commit that holds the entry, in
the order of the calls. Reading is synchronous and sees everything that was acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, StatewrightError
from statewright.kernel.journal import Record
from statewright.store.forgetting import Pruned, Which
from statewright.store.remembering import Conversation, Remembered, Said
from statewright.store.snapshots import Packing, Snapshot

# Called with None after the commit, or with the error that prevented it. Called once, never inside the call that
# queued the write.
Acknowledge = Callable[[Exception | None], None]
# Brings a callback to the thread that owns the store: an event loop's `call_soon_threadsafe`.
HandBack = Callable[[Callable[[], None]], object]


class IndexRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of a run without opening its journal. Written in the append's transaction (R15)."""

    tenant: str
    run: str
    workflow: str
    program: str  # digest of its definition
    status: str
    seq: int
    started_at: int
    updated_at: int
    owes: int = 0  # issued effects that a host must answer after a restart; timers do not count
    next_due: int = 0  # earliest timer, ms; 0 for none
    simulated: bool = False
    error: str = ""  # code of the failure


class Claim(msgspec.Struct, frozen=True, gc=False):
    """An idempotency key of a start: one run of a tenant's workflow has it, for as long as that run is kept (R33)."""

    key: str
    digest: str  # SHA-256 (hex) of the input's encoded value


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """The run that a key started, and the digest of what it was started with."""

    run: str
    digest: str


class Append(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One record with everything that must become durable together with it (I-16)."""

    index: IndexRow  # names tenant and run
    record: Record
    blobs: tuple[tuple[str, bytes], ...] = ()  # digest, bytes
    definition: tuple[str, bytes] | None = None  # digest, text: with the first record of a new program
    claim: Claim | None = None  # with the first record of a run that was started with a key


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A record of some run, and where in the order of all commits it lies."""

    position: int
    run: str
    record: Record


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """A tenant's records in a stretch of the journal; `end` is the last position that was looked at."""

    records: list[Placed]
    end: int


class Running(msgspec.Struct, frozen=True, gc=False):
    """Runs that are running, and where the next page begins; an `end` of 0 says that there is none."""

    rows: list[IndexRow]
    end: int


class Health(msgspec.Struct):
    """What a check found. Orphans are digests that no record names; they cost room and hurt nobody."""

    problems: list[StatewrightError] = []
    runs: int = 0
    records: int = 0
    kept: int = 0  # large values and definitions
    orphans: list[str] = []
    snapshots: int = 0
    unusable: list[StatewrightError] = []  # snapshots that would not be used: they hurt nobody, the journal is read
    strays: int = 0  # chunks that no snapshot names: they cost room
    free: int = 0  # bytes that the file has to spare


class Store(Protocol):
    """Journals by (tenant, run), appended at the next position only."""

    def append(self, entry: Append, done: Acknowledge) -> None:
        """Queues one record.

        `PositionTaken` reaches `done` where the journal does not end at `record.seq - 1`, and `KeyTaken` where another
        run has its key.
        """

    def claimed(self, tenant: str, workflow: str, key: str) -> Claimed | None:
        """Returns which run of a workflow was started with a key."""

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        """Yields the records of a run with a sequence above `after`, in order; nothing for an unknown run."""

    def index(self, tenant: str, run: str) -> IndexRow | None:
        """Returns the index row of a run."""

    def runs(self, tenant: str, *, workflow: str = "", status: str = "", limit: int = 100) -> list[IndexRow]:
        """Returns the newest runs first."""

    def running(self, tenant: str, *, before: int = 0, limit: int) -> Running:
        """Returns a page of the tenant's runs that are running, those that began last first; 0 is the first page.

        Whatever begins while somebody turns the pages is on none of them, so there is a last one.
        """

    def owing(self, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        """Returns the first runs of all tenants that owe effects, behind the row `after`."""

    def due(self, now: int, *, after: IndexRow | None = None, limit: int) -> list[IndexRow]:
        """Returns the first runs of all tenants whose timer is due, in the order of it, behind the row `after`."""

    def next_due(self, after: int = 0) -> int:
        """Returns when the earliest timer later than `after` is due, of any run, in ms; 0 for none."""

    def blob(self, digest: str) -> bytes | None:
        """Returns a value kept by content."""

    def definition(self, digest: str) -> bytes | None:
        """Returns a definition's text by its digest."""

    def converse(self, tenant: str, memory: str, key: str, *, now: int, limit: int = 1_000) -> Conversation:
        """Returns the newest `limit` messages of a conversation, unless it has expired at `now`."""

    def remember(self, said: Said, done: Acknowledge) -> None:
        """Changes a conversation, in one transaction; a second time with the same effect id nothing changes (R35)."""

    def remembered(self, tenant: str, effect: str) -> Remembered | None:
        """Returns what the change of an effect came to."""

    def keep(self, packing: Packing, done: Acknowledge) -> None:
        """Keeps a snapshot in place of the run's last one, when nothing else is to be written.

        It delays no acknowledgement, and may come to nothing: `done` only says that it is over.
        """

    def snapshot(self, tenant: str, run: str) -> Snapshot | None:
        """Returns what is kept of a run as a snapshot; whether it is whole and fits is its reader's to find out."""

    def chunk(self, tenant: str, run: str, digest: str) -> bytes | None:
        """Returns a part that a snapshot of the run names."""

    def tail(self, tenant: str, after: int, limit: int) -> Stretch:
        """Returns the tenant's among the next `limit` records of all runs after a position, in commit order."""

    def end(self) -> tuple[int, bytes]:
        """Returns the position and the hash of the newest record of all; 0 where there is none."""

    def hash_at(self, position: int) -> bytes | None:
        """Returns the hash of the record at a position."""

    def forgotten(self, tenant: str = "") -> int:
        """Returns the last position, of a tenant or of any, from which a record was taken away; 0 for none."""

    def version(self) -> int:
        """Returns a number that is another one after each commit, of whichever process."""

    def forget(self, which: Which, done: Callable[[Pruned | Exception], None]) -> None:
        """Forgets ended runs, step by step, when nothing else is to be written; `done` hears what went.

        An open run is never touched, nor one that an open run may still ask for an answer.
        """

    def check(self) -> Health:
        """Checks everything that is stored, as it is at one moment. Tells problems; raises nothing for them."""

    def close(self) -> None:
        """Commits what is queued and lets the folder go. Whatever comes later is refused with `STORE_CLOSED`."""


class PositionTaken(StatewrightError):
    """Raised where a record does not follow the journal's last one (R29)."""

    def __init__(self, run: str, expected: int, found: int) -> None:
        super().__init__(
            "JOURNAL_POSITION",
            f"run {run!r} ends at record {expected - 1}, record {found} cannot follow",
            hint="read the run again; if another process writes to this folder, stop one of them",
            exit_code=EXIT_CONFLICT,
        )


class KeyTaken(StatewrightError):
    """Raised where a run was started with this key before."""

    def __init__(self, key: str, run: str) -> None:
        super().__init__(
            "IDEMPOTENCY_CONFLICT",
            f"run {run!r} was started with the key {key!r} and another input",
            hint="use a new key for a new input; with the same input the first run is given back",
            exit_code=EXIT_CONFLICT,
        )
        self.run = run


class JournalCorrupt(StatewrightError):
    """Raised where stored bytes are not what was written; names file, run and sequence."""

    def __init__(self, file: str, run: str, seq: int, problem: str) -> None:
        super().__init__(
            "JOURNAL_CORRUPT",
            f"{file}: run {run!r}, record {seq}: {problem}",
            hint=f"look at it with: statewright runs events {run}",
            exit_code=EXIT_DIVERGED,
        )
        self.seq = seq
