"""How much a door bears: seats, lines on their way, and how long anybody is waited for."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one door. Times are in seconds."""

    # Each costs a file descriptor and two tasks; a folder has a few terminals and a script around it.
    guests_max: int = 100
    # Requests of one guest that are under way; the next line is not read before one is answered.
    requests_max: int = 64
    # Waits and follows of one guest: `runs resume --all` takes up 10,000 runs, and may do both for each.
    standing_max: int = 20_000
    # Bytes for one guest that it has not taken. More is not read for it, and nobody else waits for that.
    outbox_bytes_max: int = 1024 * 1024
    # Who has connected says so at once; a seat is not kept for who says nothing.
    hello_s: float = 5.0
    # A guest that takes nothing for so long is stopped or stuck, and is dropped.
    slow_s: float = 30.0
    # It may look up again and read why, for so long.
    farewell_s: float = 5.0
    # An owner that leaves waits so long for its guests to hear of it. Commits take milliseconds.
    drain_s: float = 2.0


LIMITS = Limits()
