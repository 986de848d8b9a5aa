"""Walks marked data along a parsed path, and says what else could have been meant where the way ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import re2

from statewright.language.directives.selectors import (
    Combine,
    Compare,
    Every,
    Key,
    Many,
    Modifier,
    Pipe,
    Query,
    Selector,
    Step,
    glob_pattern,
)
from statewright.language.marks import At, List, Map

_INDEX = re.compile(r"[0-9]{1,9}\Z")


def find(selector: Selector, document: At) -> At | None:
    """Returns what the path selects, or None."""
    return _walk(document, selector.steps)


def rivals(selector: Selector, document: At) -> list[At]:
    """Returns all that fits the first query of the path that several things fit; the path takes the first of them."""
    for count, step in enumerate(selector.steps):
        if isinstance(step, Every) or (isinstance(step, Query) and step.all):
            return []
        at = _walk(document, selector.steps[:count]) if isinstance(step, Query) else None
        if at is not None and isinstance(step, Query):
            fitting = [element for element in at.elements() if _fits(step.condition, element)]
            if len(fitting) > 1:
                return fitting
    return []


def names_near(selector: Selector, document: At, key: str = "id") -> list[str]:
    """Returns the names that stood to choose where the way ends: those under `key` in a list, or a map's keys."""
    for count in range(len(selector.steps) - 1, -1, -1):
        found = _walk(document, selector.steps[:count])
        if found is not None:
            return _names(found, key)
    return []


def _walk(at: At, steps: tuple[Step, ...]) -> At | None:
    current: At | None = at
    for position, step in enumerate(steps):
        if current is None:
            return None
        if isinstance(step, Every) or (isinstance(step, Query) and step.all):
            return _mapped(current, step, steps[position + 1 :])
        current = _one(current, step)
    return current


def _one(at: At, step: Step) -> At | None:
    if isinstance(step, Query):
        return next((element for element in at.elements() if _fits(step.condition, element)), None)
    if isinstance(step, Modifier):
        return _flattened(at, deep=True) if step == _DEEP else _MODIFIERS[step.name](at)
    if isinstance(step, Many):
        return _many(at, step)
    return _entry(at, step) if isinstance(step, Key) else at


def _mapped(at: At, step: Every | Query, rest: tuple[Step, ...]) -> At | None:
    """Maps the steps up to a pipe over the elements; `#` at the end of a path is their number."""
    if not isinstance(at.value, List):
        return None
    if isinstance(step, Every) and not rest:
        return At(len(at.value), at.mark, at.path)
    chosen = [element for element in at.elements() if isinstance(step, Every) or _fits(step.condition, element)]
    end = rest.index(Pipe()) if Pipe() in rest else len(rest)
    return _walk(_each(at, chosen, rest[:end]), rest[end + 1 :])


def _many(at: At, step: Many) -> At:
    found = [_walk(at, path) for path in step.paths]
    if not step.names:
        return _listed(at, [(one.value, one.mark) for one in found if one is not None])
    named = Map()
    for name, one in zip(step.names, found, strict=True):
        if one is not None:
            named.put(name, one.value, one.mark)
    return At(named, at.mark, at.path)


def _each(origin: At, elements: list[At], rest: tuple[Step, ...]) -> At:
    found = List()
    for element in elements:
        inner = _walk(element, rest)
        if inner is not None:
            found.put(inner.value, inner.mark)
    return At(found, origin.mark, origin.path)


def _entry(at: At, step: Key) -> At | None:
    if isinstance(at.value, List):
        elements = list(at.elements())
        return elements[int(step.name)] if _INDEX.match(step.name) and int(step.name) < len(elements) else None
    if not isinstance(at.value, Map):
        return None
    matching = (key for key in at.value if re2.fullmatch(step.pattern, key)) if step.pattern else iter((step.name,))
    key = next(matching, step.name)
    return At(at.value[key], at.value.marks[key], f"{at.path}/{key}") if key in at.value else None


def _fits(condition: Compare | Combine, element: At) -> bool:
    if isinstance(condition, Combine):
        terms = (_fits(term, element) for term in condition.terms)
        return all(terms) if condition.operator == "&&" else any(terms)
    found = _walk(element, condition.path) if condition.path else element
    if found is None:
        # What is not there is as good as false, to who asks for that.
        return condition.operator == "==~" and condition.operand is False
    return _COMPARE[condition.operator](found.value, condition.operand) if condition.operator else True


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: Any, right: Any) -> bool:
        return _kind(left) == _kind(right) and _kind(left) in ("text", "number") and compare(left, right)

    return compared


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else "other"


def _equal(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right) and bool(left == right)


def _is_true(value: Any) -> bool:
    """gjson's `~true`: what says yes in any of the ways that people write it."""
    return value in _YES if isinstance(value, str) else bool(value) and isinstance(value, bool | int | float)


def _truthy(left: Any, right: Any) -> bool:
    return _is_true(left) is (right is True)


_YES = frozenset(("1", "t", "T", "true", "True", "TRUE"))


def _like(left: Any, right: Any) -> bool:
    return isinstance(left, str) and re2.fullmatch(glob_pattern(str(right)), left) is not None


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==~": _truthy,
    "==": _equal,
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "%": _like,
    "!%": lambda left, right: isinstance(left, str) and not _like(left, right),
}


def _listed(at: At, entries: list[tuple[Any, Any]]) -> At:
    found = List()
    for value, mark in entries:
        found.put(value, mark)
    return At(found, at.mark, at.path)


def _keys(at: At) -> At | None:
    return _listed(at, [(key, entry.mark) for key, entry in at.entries()]) if isinstance(at.value, Map) else None


def _values(at: At) -> At | None:
    return _listed(at, [(entry.value, entry.mark) for _, entry in at.entries()]) if isinstance(at.value, Map) else None


def _reversed(at: At) -> At | None:
    return _listed(at, [(one.value, one.mark) for one in reversed(list(at.elements()))])


def _flattened(at: At, *, deep: bool = False) -> At | None:
    inner = [list(one.elements()) if isinstance(one.value, List) else [one] for one in at.elements()]
    flat = _listed(at, [(one.value, one.mark) for group in inner for one in group])
    return _flattened(flat, deep=True) if deep and any(isinstance(one, List) for one in flat.value) else flat


def _joined(at: At) -> At | None:
    """The maps of a list as one map; what comes later wins."""
    if not isinstance(at.value, List):
        return at
    joined = Map()
    for element in at.elements():
        for key, entry in element.entries():
            joined.put(key, entry.value, entry.mark)
    return At(joined, at.mark, at.path)


_MODIFIERS: dict[str, Callable[[At], At | None]] = {
    "@this": lambda at: at,
    "@keys": _keys,
    "@values": _values,
    "@reverse": _reversed,
    "@flatten": _flattened,
    "@join": _joined,
    # How JSON is laid out says nothing about data.
    "@pretty": lambda at: at,
    "@ugly": lambda at: at,
}
_DEEP = Modifier("@flatten", deep=True)


def _names(at: At, key: str) -> list[str]:
    if isinstance(at.value, Map):
        return list(at.value)
    ids = (element.value.get(key) for element in at.elements() if isinstance(element.value, Map))
    return [id for id in ids if isinstance(id, str)]
