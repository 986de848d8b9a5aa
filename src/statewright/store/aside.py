"""Work that nobody waits for, done by the writing thread while nothing else is to be written.

A step is one transaction at most, and what is acknowledged comes between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import apsw

from statewright.store.queries import QUERIES
from statewright.store.snapshots import Chunk, Packing
from statewright.store.transaction import transaction


class Aside(Protocol):
    """A piece of such work."""

    moves_ends: bool  # whether journals end elsewhere afterwards, so that the ledger must read again

    def steps(self, connection: apsw.Connection) -> Iterator[None]:
        """Does one step for each value that is taken."""


class Keeping:
    """Keeps a snapshot: each chunk that is not there yet, then the snapshot, in place of the run's last one."""

    moves_ends = False

    def __init__(self, packing: Packing) -> None:
        self._packing = packing

    def steps(self, connection: apsw.Connection) -> Iterator[None]:
        execute = connection.execute
        for part in self._packing():
            key = (part.tenant, part.run)
            with transaction(connection):
                if isinstance(part, Chunk):
                    execute(QUERIES["keep_chunk"], (part.digest, part.data, *key))
                else:
                    names = " ".join(part.chunks)
                    head = (part.seq, part.hash, part.program, part.logic, part.codec)
                    execute(QUERIES["keep_snapshot"], (*head, names, part.data, part.seal, *key))
                    execute(QUERIES["drop_old_chunks"], (*key, names))
            yield
