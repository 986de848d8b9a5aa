"""Where a simulation's choices come from: one stream each for order, faults and clock, and how the next is picked.

A choice is a number below n; 0 is always the plainest. So a run that went wrong can be told as three lists of numbers,
and a shorter list, or a smaller number in it, is a plainer run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, Protocol, TypeVar

import msgspec

# Where simulated time begins: 2026-01-01T00:00:00Z.
DAY_ONE = 1_767_225_600_000
# Returns a number from 0 to below n.
Choose = Callable[[int], int]
Profile = Literal["fifo", "random", "lifo", "starved", "priorities"]
# How finely a chance is drawn.
FINENESS = 1_000
# A profile of priorities draws a new one so rarely: few changes of mind find more than many.
CHANGES_OF_MIND = 50


class Owned(Protocol):
    """What may happen next."""

    @property
    def kind(self) -> str:
        """Which kind of thing it is."""

    @property
    def key(self) -> tuple[str, str]:
        """The run that it happens to."""


_Next = TypeVar("_Next", bound=Owned)


class Streams(msgspec.Struct, frozen=True):
    """The streams of one simulation. They are apart so that one more draw in one leaves the others as they were."""

    faults: Choose
    clock: Choose
    order: Choose | None = None  # without one, things happen in order of time and cause
    profile: Profile = "random"
    begins: int = DAY_ONE  # ms; a host that takes over from another one goes on with its time


def seeded(seed: int | None) -> Streams:
    """Returns the streams of a seed; of None, those of a run without surprises."""
    order = None if seed is None else Random(f"{seed}:order").randrange
    return Streams(Random(f"{seed}:faults").randrange, Random(f"{seed}:clock").randrange, order)


def strikes(choose: Choose, chance: float) -> bool:
    """Says whether something of this chance happens; what cannot happen draws nothing."""
    return chance > 0 and choose(FINENESS) >= FINENESS - round(chance * FINENESS)


class Scheduler:
    """Picks what happens next among all that may."""

    def __init__(self, streams: Streams) -> None:
        self._order = streams.order
        self._pick = _PICKS["fifo" if streams.order is None else streams.profile]
        self.ranks: dict[tuple[str, str], int] = {}

    def next(self, ready: Sequence[_Next]) -> _Next:
        """Returns one of them; they come in the order in which they were caused."""
        return ready[self._pick(self, ready)]

    def choose(self, below: int) -> int:
        """Returns a choice of the order's stream."""
        assert self._order is not None
        return self._order(below) if below > 1 else 0

    def rank(self, owner: tuple[str, str], below: int) -> int:
        """Returns what was chosen for an owner when it was first seen."""
        if owner not in self.ranks:
            self.ranks[owner] = self.choose(below)
        return self.ranks[owner]


def _first(scheduler: Scheduler, ready: Sequence[Owned]) -> int:
    return 0


def _last(scheduler: Scheduler, ready: Sequence[Owned]) -> int:
    return len(ready) - 1


def _any(scheduler: Scheduler, ready: Sequence[Owned]) -> int:
    return scheduler.choose(len(ready))


def _starved(scheduler: Scheduler, ready: Sequence[Owned]) -> int:
    """One kind of thing waits until nothing else is left to do."""
    victim = KINDS[scheduler.rank(("", ""), len(KINDS))]
    fed = [number for number, one in enumerate(ready) if one.kind != victim]
    return fed[scheduler.choose(len(fed))] if fed else 0


def _ranked(scheduler: Scheduler, ready: Sequence[Owned]) -> int:
    """Each kind of each run has a rank, and now and then another one."""
    owners = [(one.kind, one.key[1]) for one in ready]
    ranks = [scheduler.rank(owner, FINENESS) for owner in owners]
    if scheduler.choose(CHANGES_OF_MIND) == CHANGES_OF_MIND - 1:
        scheduler.ranks.pop(owners[0])
    return ranks.index(min(ranks))


# What can be starved: the kinds of what happens on a simulated host.
KINDS = ("commit", "answer", "deadline", "timer", "open")
_PICKS: dict[Profile, Callable[[Scheduler, Sequence[Owned]], int]] = {
    "fifo": _first,
    "random": _any,
    "lifo": _last,
    "starved": _starved,
    "priorities": _ranked,
}
