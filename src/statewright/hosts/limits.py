"""What a host takes on at once. Every bound is one on memory, or on how long others wait."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one host; those that stand here are for a process of its own on a small machine."""

    # Runs in memory: a small one is some 5 KB, so this is 50 MB. A run beyond it is read again when it is needed.
    lanes: int = 10_000
    # Calls under way: as many as the largest fan-out (DESIGN 9) has items. The rest wait, in turn by tenant and run.
    calls: int = 10_000
    # Records on their way to the disk: one full batch of the writer. With more, new callers would only wait longer.
    queued: int = 4_096
    # Events decided, and callers let in, in one turn of the loop: at 50 us each it has its turn after 13 ms.
    a_turn: int = 256
    # Runs read from the store in one turn, if there is time for so many: what each of them owes is begun in the next.
    opened: int = 8
    # Milliseconds that a caller waits to be let in: ten seconds after a peak, nobody waits any more (I-38).
    patience: int = 10_000
    # Callers that wait: 100 MB of tasks. One more is refused without waiting.
    callers: int = 50_000
    # Seconds between two looks at the wall clock, while any timer is set: a clock that leaps ahead is late by no more.
    glance: float = 1.0


USUAL = Limits()
