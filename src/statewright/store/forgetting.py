"""Which ended runs are forgotten, and what went with them. How a store does it is its own."""

from __future__ import annotations

import msgspec

# What stands behind a run's id in the id of one that it started; see `child_id`.
_BEHIND_A_RUN = "-"


class Which(msgspec.Struct, frozen=True):
    """The ended runs that go: of a tenant or, with none named, of all; not changed since `before` (ms)."""

    tenant: str
    before: int
    status: str = ""


class Pruned(msgspec.Struct):
    """What went, or would go. `kept` counts runs that an open run may still ask about."""

    runs: int = 0
    records: int = 0
    values: int = 0  # large values and definitions
    kept: int = 0


def starters(run: str) -> list[str]:
    """Returns the ids of runs that may have started this one, at any remove: one that is open might do so again."""
    return [run[:at] for at, letter in enumerate(run) if letter == _BEHIND_A_RUN]
