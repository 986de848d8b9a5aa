"""Lists and maps that a template has made, and how they become plain data.

Input data is a tree of known size. What a template makes may hold the same part a million times, or itself; so it is
marked by its type and is measured against the budget before anything walks all of it.
"""

from __future__ import annotations

from typing import Any, Protocol

from statewright.kernel import values
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.views import View
from statewright.kernel.values import VALUE_DEPTH_MAX, Blob, Json, Reference

# A single entry costs next to nothing; this many cost a step, which is half a microsecond at most.
ENTRIES_PER_STEP = 4
# A list or map takes a few steps more than its entries.
CONTAINER_COST = 3
# What functions do to text in one go runs at a quarter of a gigabyte a second, the slower ones of them.
BYTES_PER_STEP = 80
# Small maps and lists take longer to write than text.
JSON_BYTES_PER_STEP = 64


class MadeList(list[Any]):
    """A list that a template has made."""

    __slots__ = ()


class MadeDict(dict[str, Any]):
    """A map that a template has made. Only these can be changed by `set` and `unset`."""

    __slots__ = ()


class Spender(Protocol):
    """What measuring draws on: the run at work."""

    def spend(self, steps: int) -> None:
        """Takes steps from the budget."""

    def make_room(self, size: int) -> None:
        """Refuses a text of more than the budget's bytes."""

    def load(self, blob: Blob) -> Json:
        """Returns a blob's value."""


def settle(run: Spender, value: Any) -> Json:
    """Returns `value` as plain data: views read, made parts copied into a tree within the budget."""
    if isinstance(value, View):
        plain = value.plain()
        run.spend(len(plain) // ENTRIES_PER_STEP if isinstance(plain, (list, dict)) else 1)
        return settle(run, plain)
    if isinstance(value, (MadeList, MadeDict)):
        return _Settling(run).plain(value, 0)
    return value


def resolved(run: Spender, value: Json) -> Json:
    """Returns plain data with all blobs loaded; secrets inside are refused."""
    return value if encoded(run, value) is not None else _resolve(run, value)


def encoded(run: Spender, value: Json) -> bytes | None:
    """Returns plain data as JSON bytes, or None where a reference may be inside."""
    data = values.encode(value)
    run.spend(len(data) // JSON_BYTES_PER_STEP)
    return None if b'"$ref"' in data else data


def refuse_secret() -> ExpressionError:
    """The error of a secret where only text that is joined together may hold one (rule R8)."""
    hint = "join it into a text, or use b64enc or urlquery; nothing else may look at a secret"
    return ExpressionError("EXPR_SECRET", "a secret cannot be looked at here", hint=hint)


class _Settling:
    """Copies made values into a tree, counting what it would take as text."""

    def __init__(self, run: Spender) -> None:
        self._run = run
        self._size = 0

    def plain(self, value: Any, depth: int) -> Json:
        if isinstance(value, MadeList):
            self._enter(value, depth)
            return [self.plain(item, depth + 1) for item in value]
        if isinstance(value, MadeDict):
            self._enter(value, depth)
            return {key: self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, View):
            value = value.plain()
        self._count(value)
        return value

    def _enter(self, value: MadeList | MadeDict, depth: int) -> None:
        if depth > VALUE_DEPTH_MAX:
            raise ExpressionError("EXPR_DEPTH", f"a value nests deeper than {VALUE_DEPTH_MAX} levels")
        self._run.spend(CONTAINER_COST + len(value) // ENTRIES_PER_STEP)

    def _count(self, value: Json) -> None:
        kind = type(value)
        if kind is str:
            self._size += len(value)
        elif kind is dict or kind is list:
            size = len(values.encode(value))
            self._run.spend(size // JSON_BYTES_PER_STEP)
            self._size += size
        else:
            self._size += 1
        self._run.make_room(self._size)


def _resolve(run: Spender, value: Json) -> Json:
    if isinstance(value, (dict, list)):
        run.spend(1 + len(value) // ENTRIES_PER_STEP)
    if isinstance(value, dict):
        return {key: _resolve(run, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(run, item) for item in value]
    if isinstance(value, Blob):
        return _resolve(run, run.load(value))
    if isinstance(value, Reference):
        raise refuse_secret()
    return value
