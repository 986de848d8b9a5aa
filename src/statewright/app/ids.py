"""The clock of the wall and the ids of new runs: what nobody can decide, and so everybody is given."""

from __future__ import annotations

import re
import secrets
import time

from statewright.errors import StatewrightError

# A run's id stands in file names, addresses and commands, where nothing has to be escaped.
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
# What commands call the newest run.
LAST = "last"
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def new_run_id() -> str:
    """Returns an id that sorts by time: ten characters of milliseconds, twelve of randomness."""
    stamp, chance = now(), secrets.randbits(60)
    return "run-" + _base32(stamp, 10) + _base32(chance, 12)


def chosen_run_id(wanted: str) -> str:
    """Returns the id that somebody has chosen for a new run, or a new one where nobody has; raises `ID_INVALID`."""
    if not wanted:
        return new_run_id()
    if wanted == LAST or not _RUN_ID.fullmatch(wanted):
        hint = "up to 63 lower-case letters, digits, '-' and '_', the first no '-' or '_'; 'last' is taken"
        raise StatewrightError("ID_INVALID", f"a run cannot be called {wanted!r}", hint=hint)
    return wanted


def now() -> int:
    """Returns the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def _base32(number: int, length: int) -> str:
    return "".join(_BASE32[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))
