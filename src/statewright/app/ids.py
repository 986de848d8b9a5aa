"""The clock of the wall and the ids of new runs: what nobody can decide, and so everybody is given."""

from __future__ import annotations

import secrets
import time

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def new_run_id() -> str:
    """Returns an id that sorts by time: ten characters of milliseconds, twelve of randomness."""
    stamp, chance = now(), secrets.randbits(60)
    return "run-" + _base32(stamp, 10) + _base32(chance, 12)


def now() -> int:
    """Returns the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def _base32(number: int, length: int) -> str:
    return "".join(_BASE32[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))
