"""Finds the paths that a template reads, without running it: what `check` proves things about.

A path is a tuple of names from the root; `*` stands for a key that only a run knows.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

Path = tuple[str, ...]

ANY = "*"


def extended(base: Path | None, names: tuple[str, ...]) -> Path | None:
    """Returns the path of what lies under `names` below `base`."""
    return None if base is None else base + names


class Traced(Protocol):
    """Anything that can say what it reads."""

    def trace(self, trace: Trace) -> Path | None:
        """Notes the paths that are read; returns the path of the value itself, if it has one."""


class Read(NamedTuple):
    """One value that is read, by a node that starts at an offset of the source.

    `asking`: nobody minds if it is missing. `asked`: the paths that were asked for before this one is read.
    """

    path: Path
    start: int
    asking: bool
    asked: tuple[Path, ...]

    @property
    def is_guarded(self) -> bool:
        """Whether the value may be missing: nobody minds, or it was asked for before."""
        return self.asking or any(self.path[: len(asked)] == asked for asked in self.asked)


class Trace:
    """A walk over a template: where the dot and the variables point, and what was read so far."""

    __slots__ = ("_asking", "_entered", "asked", "bodies", "dot", "reads", "vars")

    def __init__(self, bodies: dict[str, Traced]) -> None:
        self.bodies = bodies
        self.dot: Path | None = ()
        self.vars: dict[int, Path | None] = {0: ()}
        self.reads: list[Read] = []
        self.asked: tuple[Path, ...] = ()
        self._asking = 0
        self._entered: list[str] = []

    def note(self, path: Path | None, start: int) -> Path | None:
        """Notes that the value at `path` is read by a node that starts at an offset; returns the path."""
        if path is not None:
            self.reads.append(Read(path or (ANY,), start, self._asking > 0, self.asked))
        return path

    def ask(self, value: Traced) -> Path | None:
        """Walks through a value that is only asked for, such as a condition; from here on it counts as asked."""
        first = len(self.reads)
        self._asking += 1
        path = value.trace(self)
        self._asking -= 1
        self.settle(first)
        return path

    def settle(self, first: int) -> None:
        """Counts everything that was read since the read number `first` as asked, until `asked` is set back."""
        self.asked = (*self.asked, *(read.path for read in self.reads[first:]))

    def found(self) -> tuple[Path, ...]:
        """Returns the paths in the order of the source."""
        return tuple(dict.fromkeys(read.path for read in sorted(self.reads, key=lambda read: read.start)))

    def invoke(self, name: str, dot: Path | None) -> None:
        """Walks through a named template with its own dot and variables; once, if it invokes itself."""
        body = self.bodies.get(name)
        if body is None or name in self._entered:
            return
        before = self.dot, self.vars
        self.dot, self.vars = dot, {0: dot}
        self._entered.append(name)
        body.trace(self)
        self._entered.pop()
        self.dot, self.vars = before
