"""The disk of a simulation: before any store, it refuses, or loses the word of what it did. It remembers everything.

Outcomes of a commit: done; refused, and not done; unknown, and done; unknown, and not done. Nobody who writes can tell
the last two apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.chance import strikes
from statewright.store.contract import Acknowledge, Append
from statewright.store.memory import MemoryStore
from statewright.store.snapshots import Packing
from tests.simulation.choices import Stream

REFUSED, UNKNOWN = "DISK_FULL", "COMMIT_UNKNOWN"


class DiskFaults(msgspec.Struct, frozen=True, kw_only=True):
    """How often a commit is not simply done."""

    refused: float = 0.0
    unknown_done: float = 0.0
    unknown_lost: float = 0.0


class Disk(MemoryStore):
    """A store in memory that acknowledges at once, and fails by chance; `recorded` hears what became durable."""

    def __init__(self, choose: Stream, recorded: Callable[[Append], None]) -> None:
        super().__init__(hand_back=lambda acknowledge: acknowledge())
        self.faults = DiskFaults()
        self.counts: Counter[str] = Counter()
        self._choose = choose
        self._recorded = recorded

    def append(self, entry: Append, done: Acknowledge) -> None:
        """Writes a record, or not, and says what is known of it."""
        if strikes(self._choose, self.faults.refused):
            done(self._failed(REFUSED))
        elif strikes(self._choose, self.faults.unknown_lost):
            done(self._failed(UNKNOWN))
        elif strikes(self._choose, self.faults.unknown_done):
            self._write(entry, lambda failed: done(self._failed(UNKNOWN)))
        else:
            self._write(entry, done)

    def keep(self, packing: Packing, done: Acknowledge) -> None:
        """Keeps a snapshot."""
        self.counts["snapshots"] += 1
        super().keep(packing, done)

    def _write(self, entry: Append, done: Acknowledge) -> None:
        def written(failed: Exception | None) -> None:
            if failed is None:
                self._recorded(entry)
            done(failed)

        super().append(entry, written)

    def _failed(self, code: str) -> StatewrightError:
        self.counts[code] += 1
        return StatewrightError(code, "the simulated disk is out of order")
