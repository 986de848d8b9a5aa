"""The recorded clock of a host: it never goes back, and never slower than time passes.

A wall clock is set by people and by the network. Where it leaps ahead it is followed; where it falls back or stands
still, time goes on from where it was, so that what waits a minute waits a minute (R16).
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], int]  # milliseconds since 1970 UTC


class Steady:
    """Milliseconds since 1970 UTC. `elapsed` counts seconds from anywhere, and is set by nobody."""

    def __init__(self, wall: Clock, elapsed: Callable[[], float]) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._known_at = elapsed()
        self._known = wall()

    def __call__(self) -> int:
        """Returns the time."""
        elapsed, wall = self._elapsed(), self._wall()
        steady = self._known + (elapsed - self._known_at) * 1_000
        if wall < steady:
            return int(steady)
        self._known, self._known_at = wall, elapsed
        return wall
