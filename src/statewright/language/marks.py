"""Data that knows where it was written: plain maps, lists and scalars, with marks at the containers.

A `Map` is a dict and a `List` a list, so that every reader of plain data reads them; the marks travel with their
values through `$ref` and `$merge`. `At` walks them and knows its path.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from statewright.kernel.program import Place
from statewright.kernel.values import Json


class Source:
    """A file's text, and the way from an offset to a line and a column."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    def place(self, offset: int) -> tuple[int, int]:
        """Returns line and column, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts


class Mark(NamedTuple):
    """Where an entry stands: offsets of its key (of the list's dash or value, where there is none) and value."""

    source: Source
    key_start: int
    key_end: int
    start: int
    end: int

    def place(self) -> Place:
        """Returns where the value begins."""
        line, column = self.source.place(self.start)
        return Place(self.source.file, line, column)


class Map(dict[str, Json]):
    """A mapping of the text, keys in order; `marks` has one for each key."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Json, mark: Mark) -> None:
        """Sets an entry with its mark."""
        self[key] = value
        self.marks[key] = mark


class List(list[Json]):
    """A sequence of the text; `marks` has one for each element."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []

    def put(self, value: Json, mark: Mark) -> None:
        """Appends an element with its mark."""
        self.append(value)
        self.marks.append(mark)


# Loading makes more of these than of anything else; a named tuple's own constructor takes twice as long.
_at = tuple.__new__


# A path, or the trail above with the last step.
Trail = str | tuple["Trail", str | int]


class At(NamedTuple):
    """A value, where it was written, and the trail of keys to it: only what is complained about needs it as a path."""

    value: Json
    mark: Mark
    trail: Trail

    @property
    def path(self) -> str:
        """The path from the top of the document (`/tasks/0/with`)."""
        steps, trail = [], self.trail
        while isinstance(trail, tuple):
            trail, step = trail
            steps.append(f"/{step}")
        return trail + "".join(reversed(steps))

    def get(self, key: str) -> At | None:
        """Returns the entry `key` of a map; None where the entry is absent or null."""
        within, _, trail = self
        value = within.get(key) if isinstance(within, Map) else None
        return None if value is None else _at(At, (value, within.marks[key], (trail, key)))

    def entries(self) -> Iterator[tuple[str, At]]:
        """Yields the entries of a map."""
        within, _, trail = self
        if isinstance(within, Map):
            marks = within.marks
            for key, value in within.items():
                yield key, _at(At, (value, marks[key], (trail, key)))

    def elements(self) -> Iterator[At]:
        """Yields the elements of a list."""
        if isinstance(self.value, List):
            for index, (value, mark) in enumerate(zip(self.value, self.value.marks, strict=True)):
                yield _at(At, (value, mark, (self.trail, index)))


class Broken:
    """Stands where a directive found nothing: that was said already, so nobody says anything more about it."""

    def __repr__(self) -> str:
        return "BROKEN"


BROKEN = Broken()


def whole(source: Source, value: Json) -> At:
    """Returns the document itself."""
    return At(value, Mark(source, 0, 0, 0, 0), "")


def bare(value: Json) -> Json:
    """Returns the same data as plain dicts and lists, without marks."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bare(item) for item in value]
    return value
