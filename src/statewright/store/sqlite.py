"""The SQLite store: a folder with `statewright.db`, its log, and a lock. One process writes, any number read.

It puts together `reading.py` and `writer.py`; what they promise stands in `contract.py`, and the tables in
`schema.sql`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.store.aside import Keeping
from statewright.store.checking import check
from statewright.store.contract import Acknowledge, Append, HandBack, Health
from statewright.store.conversations import Words
from statewright.store.forgetting import Pruned, Which
from statewright.store.ledger import Write
from statewright.store.lock import Lock
from statewright.store.opening import (
    DATA_FILE,
    explained,
    library_notice,
    log_notice,
    open_for_reading,
    open_for_writing,
)
from statewright.store.placing import made
from statewright.store.pruning import Pruning
from statewright.store.reading import Reading
from statewright.store.remembering import Said
from statewright.store.room import room_notice
from statewright.store.snapshots import Packing
from statewright.store.writer import Writer


class SqliteStore(Reading):
    """Keeps journals in a folder. `notices` are warnings about its surroundings, for whoever opened it to show."""

    def __init__(self, reading: apsw.Connection, file: Path, hand_back: HandBack) -> None:
        super().__init__(reading, file)
        self.notices = tuple(filter(None, [library_notice(apsw.sqlite_lib_version())]))
        self._hand_back = hand_back
        self._writer: Writer | None = None
        self._lock: Lock | None = None
        self._closed = False

    @classmethod
    def open(cls, folder: Path, *, hand_back: HandBack, write: bool = True) -> SqliteStore:
        """Opens the folder, and makes it if it is to be written. `hand_back` brings acknowledgements to its caller.

        Raises `DATA_LOCKED`, `DATA_UNWRITABLE`, `DATA_VERSION`, `DATA_NOT_OURS` or `JOURNAL_CORRUPT`.
        """
        file = folder / DATA_FILE
        if not write:
            return cls(open_for_reading(file), file, hand_back)
        with explained(file):
            made(folder)
            lock = Lock(folder)
        try:
            writing = open_for_writing(file)
            store = cls(open_for_reading(file), file, hand_back)
        except BaseException:
            lock.release()
            raise
        store.notices += tuple(filter(None, [log_notice(writing, file), room_notice(folder)]))
        store._lock = lock
        store._writer = Writer(writing, str(file), hand_back)
        return store

    @property
    def commits(self) -> int:
        """How many transactions this store has made durable."""
        return self._writer.commits if self._writer is not None else 0

    def check(self) -> Health:
        return check(self._reading, self.file)

    def append(self, entry: Append, done: Acknowledge) -> None:
        self._put(entry, done)

    def remember(self, said: Said, done: Acknowledge) -> None:
        # Encoded here and now: whoever said it may change it afterwards.
        self._put(Words(said, tuple(map(values.encode, said.messages))), done)

    def keep(self, packing: Packing, done: Acknowledge) -> None:
        writer = self._writing(done)
        if writer is not None and not writer.put_aside(Keeping(packing), done):
            self._hand_back(lambda: done(None))

    def forget(self, which: Which, done: Callable[[Pruned | Exception], None]) -> None:
        pruning = Pruning(which, is_serving=True)

        def over(failed: Exception | None) -> None:
            done(failed or pruning.pruned)

        writer = self._writing(over)
        if writer is not None and not writer.put_aside(pruning, over):
            self._hand_back(lambda: over(None))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # First, so that the writer's connection is the last one and leaves no log behind.
        # By force: a statement that damage has stopped in the middle is still open.
        self._reading.close(True)
        if self._writer is not None:
            self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def _put(self, write: Write, done: Acknowledge) -> None:
        writer = self._writing(done)
        if writer is not None:
            writer.put(write, done)

    def _writing(self, done: Acknowledge) -> Writer | None:
        """Returns who writes; None where the store is closed, which `done` is told."""
        if self._writer is None:
            raise StatewrightError(
                "DATA_READ_ONLY", f"{self.file} is open for reading", hint="open it with write=True to change it"
            )
        if not self._closed:
            return self._writer
        closed = StatewrightError("STORE_CLOSED", f"{self.file} is closed", hint="open it again")
        self._hand_back(lambda: done(closed))
        return None
