"""How much room the disk of a data folder has left. Where it is little nothing new begins, so that all else may end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from statewright.errors import EXIT_LIMIT, StatewrightError

# What is under way must find room to end in, and whoever is told must find the time to act (I-09).
LOW_SHARE = 0.05
# A twentieth of a large disk is more than any set of runs writes in a day; with this much free nobody is stopped.
ENOUGH_BYTES = 10 * 1024**3


class Room(msgspec.Struct, frozen=True):
    """What a disk has, in bytes, as far as this user may fill it."""

    free: int
    total: int

    @property
    def is_low(self) -> bool:
        """Whether nothing new may begin."""
        return self.free < min(self.total * LOW_SHARE, ENOUGH_BYTES)


Measure = Callable[[Path], Room]


def measured(folder: Path) -> Room:
    """Asks the machine."""
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def room_notice(folder: Path, measure: Measure = measured) -> str:
    """Returns a warning that little room is left, or an empty text."""
    room = measure(folder)
    return f"{_said(folder, room)}: no new run begins until there is more" if room.is_low else ""


def refuse_when_low(folder: Path, measure: Measure = measured) -> None:
    """Raises `DISK_LOW` where nothing new may begin. Runs that are under way go on."""
    room = measure(folder)
    if room.is_low:
        raise StatewrightError(
            "DISK_LOW",
            f"{_said(folder, room)}; this was not begun, and runs that are under way go on",
            hint="free some space: statewright runs prune takes ended runs away; or name another folder with --data",
            exit_code=EXIT_LIMIT,
        )


def _said(folder: Path, room: Room) -> str:
    return f"the disk of {folder} has {room.free / room.total:.1%} of its room left ({room.free // 1024**2:,} MiB)"
