"""A simulation's choices, as lists of numbers: drawn from a seed the first time, played back from then on.

Past the end of a list every choice is 0, the plainest; so a shorter list is a plainer simulation of the same kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

# One list each, so that a change in one leaves the others as they were.
STREAMS = ("program", "workload", "faults", "clock", "world", "order")
Plan = dict[str, list[int]]
_T = TypeVar("_T")


class Stream:
    """One list of choices."""

    def __init__(self, source: Random | Sequence[int]) -> None:
        self.taken: list[int] = []
        self._random = source if isinstance(source, Random) else None
        self._script = () if isinstance(source, Random) else source

    def __call__(self, below: int) -> int:
        """Returns a number from 0 to below `below`."""
        if self._random is not None:
            chosen = self._random.randrange(below)
        else:
            position = len(self.taken)
            chosen = min(self._script[position], below - 1) if position < len(self._script) else 0
        self.taken.append(chosen)
        return chosen

    def pick(self, options: Sequence[_T]) -> _T:
        """Returns one of several; the first is the plainest."""
        return options[self(len(options))]


class Choices:
    """All choices of one simulation."""

    def __init__(self, source: int | Mapping[str, Sequence[int]]) -> None:
        self.seed = source if isinstance(source, int) else None
        self._streams = {
            name: Stream(Random(f"{source}:{name}") if isinstance(source, int) else source.get(name, ()))
            for name in STREAMS
        }

    def __getitem__(self, name: str) -> Stream:
        return self._streams[name]

    def plan(self) -> Plan:
        """Returns what was chosen; zeros at the end are the same as none."""
        return {name: _trimmed(stream.taken) for name, stream in self._streams.items()}


def _trimmed(taken: list[int]) -> list[int]:
    end = len(taken)
    while end and not taken[end - 1]:
        end -= 1
    return taken[:end]
