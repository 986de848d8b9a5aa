"""Makes a failing simulation plain: fewer choices and smaller ones, as long as the same promise is broken.

Program, operations, faults, clock, answers and schedule are all lists of choices, so all of them shrink together.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.choices import STREAMS, Choices, Plan

# Simulations that shrinking may cost; the plainest so far is good enough.
TRIALS_MAX = 2_000

# Runs a simulation; returns the name of the promise that it breaks, "" where it breaks none.
Breaks = Callable[[Choices], str]


class Shrinking:
    """The plainest plan so far that breaks the same promise."""

    def __init__(self, plan: Plan, breaks: Breaks, trials: int) -> None:
        self.best = plan
        self._breaks = breaks
        self._wanted = breaks(Choices(plan))
        self.trials = trials

    def holds(self, name: str, numbers: list[int]) -> bool:
        """Tries another list in the place of one; keeps it where the promise is still broken."""
        if self.trials <= 0:
            return False
        self.trials -= 1
        choices = Choices({**self.best, name: numbers})
        if self._breaks(choices) != self._wanted:
            return False
        # What was not asked for is not kept.
        plain = choices.plan()
        if _size(plain) >= _size(self.best):
            return False
        self.best = plain
        return True


def shrunk(plan: Plan, breaks: Breaks, trials: int = TRIALS_MAX) -> Plan:
    """Returns the plainest plan found within so many trials."""
    shrinking = Shrinking(plan, breaks, trials)
    before: Plan | None = None
    while shrinking.best != before and shrinking.trials > 0:
        before = shrinking.best
        for name in STREAMS:
            _cut(shrinking, name)
        for name in STREAMS:
            _lower(shrinking, name)
    return shrinking.best


def _cut(shrinking: Shrinking, name: str) -> None:
    """Leaves out parts, large ones first; what cannot be left out is made all zeros where that goes."""
    size = len(shrinking.best[name])
    while size:
        start = 0
        while start < len(whole := shrinking.best[name]):
            part = whole[start : start + size]
            if shrinking.holds(name, whole[:start] + whole[start + size :]):
                continue
            if any(part):
                shrinking.holds(name, whole[:start] + [0] * len(part) + whole[start + size :])
            start += size
        size //= 2


def _lower(shrinking: Shrinking, name: str) -> None:
    """Makes numbers smaller, one by one."""
    for position in range(len(shrinking.best[name])):
        smaller = True
        while smaller:
            whole = shrinking.best[name]
            number = whole[position] if position < len(whole) else 0
            smaller = any(
                shrinking.holds(name, [*whole[:position], less, *whole[position + 1 :]])
                for less in dict.fromkeys((number // 2, number - 1))
                if 0 <= less < number
            )


def _size(plan: Plan) -> tuple[int, int]:
    return sum(map(len, plan.values())), sum(map(sum, plan.values()))
