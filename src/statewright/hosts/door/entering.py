"""Into a folder: by its lock where it is free, else through its owner's door. Two that come at once are no trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from statewright.errors import StatewrightError

# An owner opens its door right after it took the lock; what lies between is a migration at worst.
PATIENCE_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
# What says that nobody is at the door: who held the lock may be gone, or is not there yet.
NOBODY = frozenset({"DOOR_CLOSED", "OWNER_LEFT"})

Taken = TypeVar("Taken")
Guested = TypeVar("Guested")


async def entered(
    take: Callable[[], Taken], knock: Callable[[], Awaitable[Guested]], *, patience_s: float = PATIENCE_S
) -> Taken | Guested:
    """Returns what `take` gives, which takes the lock, or what `knock` gives, which reaches the owner.

    Raises what either says; `DATA_LOCKED` where the folder stays locked and nobody opens: its owner has no door.
    """
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return take()
        except StatewrightError as error:
            if error.code != "DATA_LOCKED":
                raise
            locked = error
        try:
            return await knock()
        except StatewrightError as error:
            if error.code not in NOBODY:
                raise
        if loop.time() >= until:
            raise locked
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)
