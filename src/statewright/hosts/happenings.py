"""What comes next on the simulated host: everything that may happen, when, and to which run. It decides nothing.

Times here only ever grow; the clock that runs see is somebody else's, and may be set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from statewright.effects.performer import Answer, Refusal
from statewright.hosts.chance import Scheduler, Streams
from statewright.kernel.effects import Call

Key = tuple[str, str]  # tenant, run


class Happening(msgspec.Struct):
    """Something that comes next, not before `at`."""

    kind: Literal["commit", "answer", "deadline", "timer", "open", "again", "outside"]
    at: int
    key: Key
    id: str = ""
    call: Call | None = None
    outcome: Answer | Refusal | None = None
    again: bool = False  # a second copy of an answer
    due: int = 0  # a timer's, by the clock that runs see
    act: Callable[[], None] | None = None  # what somebody outside does


class VirtualClock(msgspec.Struct):
    """Time that has passed, in ms, and what a clock shows that is so far ahead of it."""

    passed: int
    ahead: int = 0

    @property
    def now(self) -> int:
        """What the clock shows."""
        return self.passed + self.ahead

    def armed(self, due: int) -> int:
        """Returns at which passed time the clock will show `due`, if nobody sets it; now where it has shown it."""
        return max(self.passed, due - self.ahead)


class Happenings:
    """All that may happen, in the order in which it was caused."""

    def __init__(self, streams: Streams) -> None:
        self._scheduler = Scheduler(streams)
        self._all: list[Happening] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, happening: Happening) -> None:
        """Adds something that will happen."""
        self._all.append(happening)

    def take(self, now: int) -> Happening:
        """Removes and returns what happens next: something that is due, or else what is due first."""
        ready = [happening for happening in self._all if happening.at <= now]
        if not ready:
            first = self.first()
            ready = [happening for happening in self._all if happening.at == first]
        chosen = self._scheduler.next(ready)
        # By identity: comparing two calls field by field costs more than all the rest.
        del self._all[next(number for number, one in enumerate(self._all) if one is chosen)]
        return chosen

    def first(self) -> int:
        """Returns when the first of them is due."""
        return min(happening.at for happening in self._all)

    def after(self, now: int) -> int:
        """Returns when the first is due that is not due yet; now where there is none."""
        return min((happening.at for happening in self._all if happening.at > now), default=now)

    def drop(self, kind: str, *, id: str = "", key: Key | None = None) -> None:
        """Forgets what would happen to an effect, or to a run."""
        self._all = [one for one in self._all if one.kind != kind or (one.id != id if key is None else one.key != key)]

    def rearm(self, clock: VirtualClock) -> None:
        """Arms every timer anew: the clock that its due time is read from was set."""
        for one in self._all:
            if one.kind == "timer":
                one.at = clock.armed(one.due)

    def forget(self) -> None:
        """Forgets all but what somebody outside will do: whoever that is does not die with the process."""
        self._all = [one for one in self._all if one.kind == "outside"]
