"""Lazy, read-only data: what the kernel supplies instead of dicts, so that a template costs what it reads (R19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.values import Json


class Missing:
    """The type of `MISSING`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


# What a view answers for a name or position that does not exist. It never leaves an evaluation.
MISSING: Final = Missing()


class View:
    """One value of a template's data. Views hold no state of their own; `plain` makes JSON of them."""

    is_list: bool = False

    def get(self, key: str) -> Any:
        """Returns the value under `key`, a further view, or `MISSING`."""
        raise NotImplementedError

    def follow(self, names: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
        """Returns what the first names lead to, where this view knows a short way, and the names that are left."""
        return self, names

    def at(self, index: int) -> Any:
        """Returns the value at a position, a further view, or `MISSING`."""
        return MISSING

    def length(self) -> int:
        """Returns how many values there are."""
        return sum(1 for _ in self.items())

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields keys, or positions, with their values."""
        raise NotImplementedError

    def plain(self) -> Json:
        """Returns the same as JSON data."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Returns the keys, for near misses."""
        return [str(key) for key, _ in self.items()]

    def call(self, name: str, args: list[Json]) -> Json:
        """Returns what the method `name` answers."""
        raise ExpressionError("EXPR_NOT_CALLABLE", f"{name!r} is not something that can be called")
