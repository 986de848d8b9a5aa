"""The writing thread: it owns the only connection that writes, and commits whatever is waiting as one transaction.

One sync makes a whole batch durable (group commit), and one callback brings all its acknowledgements back. After an
I/O error nothing is written any more: what a failed sync left on the disk is unknown, and a second one may lie (I-03).
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import apsw

from statewright.errors import EXIT_INTERNAL, StatewrightError
from statewright.store.aside import Aside
from statewright.store.contract import Acknowledge, Append, HandBack
from statewright.store.ledger import Ledger, Outcome, Overtaken, Write
from statewright.store.opening import busy, failed
from statewright.store.queries import QUERIES

# Four waves of a thousand runs. More gains nothing per record (measured), and delays the first acknowledgement.
BATCH_MAX = 4_096
# What follows an acknowledgement takes some 50 us, and a batch of them must not hold the owner's loop (I-35).
ACKS_A_TURN = 256
# 16 MiB of log. Copying it into the database takes two syncs, so it is done seldom, and after the acknowledgements.
CHECKPOINT_PAGES = 4_096
# Work that waits until nothing else does. It holds what it works on, so it is given up where more would wait.
ASIDES_MAX = 1_024

# One entry's own fault: it does not fit a column. Anything else that goes wrong concerns the file.
_ENTRY_FAULTS: tuple[type[Exception], ...] = (
    apsw.ConstraintError,
    apsw.MismatchError,
    apsw.TooBigError,
    OverflowError,
    Overtaken,
    TypeError,
    ValueError,
)

_Item = tuple[Write, Acknowledge]
_Aside = tuple[Aside, Iterator[None], Acknowledge]
_OVER = object()


class Writer:
    """Takes writes from the owner's thread. Entries are committed in the order given."""

    def __init__(self, connection: apsw.Connection, file: str, hand_back: HandBack) -> None:
        self.commits = 0
        self._connection = connection
        self._file = file
        self._hand_back = hand_back
        self._ledger = Ledger(connection)
        self._queue: queue.SimpleQueue[_Item | Literal["aside"] | None] = queue.SimpleQueue()
        self._asides: deque[_Aside] = deque()
        self._told: deque[tuple[Acknowledge, Outcome]] = deque()  # in order, on their way to the owner
        self._fault: Exception | None = None
        self._log_pages = 0
        # The hook takes the place of SQLite's own checkpoints, which would delay the commit that they follow.
        connection.set_wal_hook(self._grown)
        # A daemon: leaving without `close` is a crash like any other, and must not hang.
        self._thread = threading.Thread(target=self._run, name="statewright-store", daemon=True)
        self._thread.start()

    def put(self, entry: Write, done: Acknowledge) -> None:
        """Queues an entry."""
        self._queue.put((entry, done))

    def put_aside(self, work: Aside, done: Acknowledge) -> bool:
        """Leaves work for when nothing is queued; returns whether there was room for it."""
        if len(self._asides) >= ASIDES_MAX:
            return False
        self._asides.append((work, work.steps(self._connection), done))
        self._queue.put("aside")
        return True

    def close(self) -> None:
        """Commits what is queued, then ends the thread and closes the connection."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        for batch in self._batches():
            if batch:
                outcomes = self._write([entry for entry, _ in batch])
                self._tell(zip([done for _, done in batch], outcomes, strict=True))
            else:
                self._step_aside()
            if self._log_pages >= CHECKPOINT_PAGES:
                self._checkpoint()
        self._leave_asides()
        self._checkpoint()
        self._connection.close()

    def _batches(self) -> Iterator[list[_Item]]:
        """Yields what is waiting, until `close` has put None behind it; nothing where there is time for other work."""
        while True:
            if self._asides and self._queue.empty():
                yield []
                continue
            batch, is_last = self._waiting()
            if batch:
                yield batch
            if is_last:
                return

    def _waiting(self) -> tuple[list[_Item], bool]:
        """Waits for one item and takes what is there with it; says whether nothing comes any more."""
        batch: list[_Item] = []
        while True:
            item = self._queue.get()
            if item is None:
                return batch, True
            if isinstance(item, tuple):
                batch.append(item)
            # Only this thread takes, so what is not empty stays so.
            if self._queue.empty() or len(batch) == BATCH_MAX:
                return batch, False

    def _step_aside(self) -> None:
        """Takes one step of the work that waits longest."""
        work, steps, done = self._asides[0]
        outcome: Outcome = None
        try:
            if self._fault is None and next(steps, _OVER) is None:
                self.commits += 1
                return
        except apsw.BusyError:
            outcome = busy(Path(self._file))
        except apsw.Error as fault:
            if isinstance(fault, _ENTRY_FAULTS):
                outcome = fault
            else:
                self._stop(fault)
        except Exception as fault:
            outcome = fault
        finally:
            if work.moves_ends:
                self._ledger.forget()
        self._asides.popleft()
        if self._fault is not None:
            outcome = failed(Path(self._file), self._fault)
        self._tell([(done, outcome)])

    def _leave_asides(self) -> None:
        """Finishes what is short, at the end; the rest goes on another time."""
        while self._asides:
            work, _, done = self._asides[0]
            if work.moves_ends:
                self._asides.popleft()
                self._tell([(done, None)])
            else:
                self._step_aside()

    def _write(self, entries: Sequence[Write]) -> list[Outcome]:
        try:
            return self._try(entries)
        except _ENTRY_FAULTS:
            # Alone, and with a ledger that has read again, each gets its own outcome.
            return [self._write_alone(entry) for entry in entries]

    def _write_alone(self, entry: Write) -> Outcome:
        try:
            return self._try([entry])[0]
        except _ENTRY_FAULTS as fault:
            return _refused(entry, fault)

    def _try(self, entries: Sequence[Write]) -> list[Outcome]:
        if self._fault is None:
            try:
                return self._transact(entries)
            except _ENTRY_FAULTS:
                raise
            except apsw.BusyError:
                # Nothing was written, and whoever holds the file may let go of it: the next batch is tried again.
                return [busy(Path(self._file)) for _ in entries]
            except Exception as fault:
                self._stop(fault)
        return [failed(Path(self._file), self._fault) for _ in entries]

    def _transact(self, entries: Sequence[Write]) -> list[Outcome]:
        execute = self._connection.execute
        execute(QUERIES["begin"])
        try:
            outcomes = self._ledger.write(entries)
            execute(QUERIES["commit"])
        except BaseException:
            self._ledger.forget()
            # After some I/O errors SQLite has rolled back by itself.
            if self._connection.in_transaction:
                execute(QUERIES["rollback"])
            raise
        self.commits += 1
        return outcomes

    def _stop(self, fault: Exception) -> None:
        self._fault = fault
        # Closing would sync once more.
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    def _checkpoint(self) -> None:
        if self._fault is None:
            try:
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            except apsw.Error as fault:
                # The records are safe in the log. Writing more would only make it longer.
                self._stop(fault)

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _tell(self, acks: Iterable[tuple[Acknowledge, Outcome]]) -> None:
        self._told.extend(acks)
        # A closed loop raises this. Whoever waited is gone with it, and what is durable stays so.
        with suppress(RuntimeError):
            self._hand_back(self._acknowledge)

    def _acknowledge(self) -> None:
        """Tells so many and lets the owner's loop have its turn; one that fails costs the others nothing."""
        try:
            for _ in range(min(ACKS_A_TURN, len(self._told))):
                done, outcome = self._told.popleft()
                done(outcome)
        finally:
            if self._told:
                self._hand_back(self._acknowledge)


def _refused(entry: Write, fault: Exception) -> StatewrightError:
    what = f"record {entry.record.seq} of run {entry.index.run!r}" if isinstance(entry, Append) else "what was said"
    return StatewrightError("STORE_REFUSED", f"{what} cannot be stored: {fault}", exit_code=EXIT_INTERNAL)
