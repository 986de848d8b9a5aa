"""Finds the paths that a template reads, without running it: what `check` proves things about.

A path is a tuple of names from the root; `*` stands for a key that only a run knows.
"""

from __future__ import annotations

from typing import Protocol

Path = tuple[str, ...]

ANY = "*"


def extended(base: Path | None, names: tuple[str, ...]) -> Path | None:
    """Returns the path of what lies under `names` below `base`."""
    return None if base is None else base + names


class Traced(Protocol):
    """Anything that can say what it reads."""

    def trace(self, trace: Trace) -> Path | None:
        """Notes the paths that are read; returns the path of the value itself, if it has one."""


class Trace:
    """A walk over a template: where the dot and the variables point, and what was read so far."""

    __slots__ = ("_entered", "_starts", "bodies", "dot", "vars")

    def __init__(self, bodies: dict[str, Traced]) -> None:
        self.bodies = bodies
        self.dot: Path | None = ()
        self.vars: dict[int, Path | None] = {0: ()}
        self._starts: dict[Path, int] = {}
        self._entered: list[str] = []

    def note(self, path: Path | None, start: int) -> Path | None:
        """Notes that the value at `path` is read by a node that starts at an offset; returns the path."""
        if path is not None:
            known = path or (ANY,)
            self._starts[known] = min(start, self._starts.get(known, start))
        return path

    def found(self) -> tuple[Path, ...]:
        """Returns the paths in the order of the source."""
        return tuple(sorted(self._starts, key=self._starts.__getitem__))

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
