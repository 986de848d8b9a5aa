"""Merges values as directives ask for it: maps deep or shallow, lists in four ways. Marks stay with their values.

Source: workflows.md 3.5 and 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from statewright.language.marks import At, List, Map

Conflict = Literal["replace", "first", "error"]


class MergeRefused(ValueError):
    """Raised where two values do not go together."""


def merge_maps(sources: list[At], strategy: str, conflict: Conflict) -> Map:
    """Returns the maps as one; what comes later wins unless `conflict` says otherwise."""
    if strategy == "replace":
        return _copy(sources[-1].value)
    merged = Map()
    for source in sources:
        _merge_into(merged, source.value, conflict, deep=strategy == "deep")
    return merged


def merge_lists(sources: list[At], strategy: str) -> List:
    """Returns the lists as one."""
    merged = List()
    for element in _LISTS[strategy]([list(source.elements()) for source in sources]):
        merged.put(element.value, element.mark)
    return merged


def _merge_into(target: Map, source: Map, conflict: Conflict, *, deep: bool) -> None:
    for key, value in source.items():
        present = target.get(key)
        if key in target and deep and isinstance(present, Map) and isinstance(value, Map):
            inner = _copy(present)
            _merge_into(inner, value, conflict, deep=True)
            target.put(key, inner, target.marks[key])
        elif key not in target or conflict == "replace":
            target.put(key, value, source.marks[key])
        elif conflict == "error":
            raise MergeRefused(f"the key {key!r} is in more than one of the merged maps")


def _copy(source: Map) -> Map:
    copy = Map()
    for key, value in source.items():
        copy.put(key, value, source.marks[key])
    return copy


def _concat(lists: list[list[At]]) -> list[At]:
    return [element for elements in lists for element in elements]


def _prepend(lists: list[list[At]]) -> list[At]:
    return [element for elements in reversed(lists) for element in elements]


def _unique(lists: list[list[At]]) -> list[At]:
    seen: dict[str, At] = {}
    for element in _concat(lists):
        seen.setdefault(repr(element.value), element)
    return list(seen.values())


_LISTS: dict[str, Callable[[list[list[At]]], list[At]]] = {
    "concat": _concat,
    "append": _concat,
    "prepend": _prepend,
    "unique": _unique,
    "union": _unique,
    "replace": lambda lists: lists[-1],
}
MAP_STRATEGIES = ("deep", "shallow", "replace")
LIST_STRATEGIES = tuple(_LISTS)
