"""A second evaluator of conditions, for comparison: trees of tuples, printed with as few parentheses as can be.

It shares nothing with `src/`, and is as plain as it can be: Python's own semantics plus CEL's rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Tree = tuple[Any, ...]
Names = dict[str, Any]
LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4, "*": 5}
LEVELS |= {"/": 5, "%": 5}
CHOICE, OR, UNARY, MEMBER = 0, 1, 6, 7


class Wrong(Exception):
    """An evaluation that has no value."""


class Absent(Wrong):
    """One that has none because something is not there."""


def printed(tree: Tree) -> str:
    """Returns the text of a tree."""
    return _printed(tree)[0]


def _printed(tree: Tree) -> tuple[str, int]:
    kind, *parts = tree
    if kind == "literal":
        return _literal(parts[0]), MEMBER
    if kind == "name":
        return parts[0], MEMBER
    if kind == "choice":
        condition, yes, no = (_at(part, level) for part, level in zip(parts, (OR, OR, CHOICE), strict=True))
        return f"{condition} ? {yes} : {no}", CHOICE
    if kind in ("!", "neg"):
        return ("!" if kind == "!" else "-") + _at(parts[0], UNARY), UNARY
    if kind == "select":
        return f"{_at(parts[0], MEMBER)}.{parts[1]}", MEMBER
    if kind == "index":
        return f"{_at(parts[0], MEMBER)}[{_at(parts[1], CHOICE)}]", MEMBER
    if kind == "list":
        return "[" + ", ".join(_at(part, CHOICE) for part in parts[0]) + "]", MEMBER
    if kind in ("has", "size"):
        return f"{kind}({_at(parts[0], CHOICE)})", MEMBER
    if kind == "macro":
        over, name, variable, tests = parts
        return f"{_at(over, MEMBER)}.{name}({', '.join([variable, *(_at(test, CHOICE) for test in tests)])})", MEMBER
    level = LEVELS[kind]
    return f"{_at(parts[0], level)} {kind} {_at(parts[1], level + 1)}", level


def _at(tree: Tree, least: int) -> str:
    text, level = _printed(tree)
    return text if level >= least else f"({text})"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        {True: "true", False: "false"}[value] if isinstance(value, bool) else "null" if value is None else repr(value)
    )


def value_of(tree: Tree, names: Names) -> Any:
    """Returns the value of a tree; raises `Wrong`."""
    kind, *parts = tree
    return _RULES.get(kind, _binary(kind))(parts, names)


def _name(parts: list[Any], names: Names) -> Any:
    if parts[0] not in names:
        raise Absent
    return names[parts[0]]


def _select(parts: list[Any], names: Names) -> Any:
    base = value_of(parts[0], names)
    if not isinstance(base, dict) or parts[1] not in base:
        raise Absent
    return base[parts[1]]


def _index(parts: list[Any], names: Names) -> Any:
    base, key = value_of(parts[0], names), value_of(parts[1], names)
    if isinstance(base, dict) and (isinstance(key, str) or type(key) is int):
        if str(key) in base:
            return base[str(key)]
    elif isinstance(base, list) and type(key) is int and 0 <= key < len(base):
        return base[key]
    raise Absent


def _has(parts: list[Any], names: Names) -> Any:
    try:
        value_of(parts[0], names)
    except Absent:
        return False
    return True


def _size(parts: list[Any], names: Names) -> Any:
    value = value_of(parts[0], names)
    if not isinstance(value, (str, list, dict)):
        raise Wrong
    return len(value)


def _truth(tree: Tree, names: Names) -> bool:
    value = value_of(tree, names)
    if not isinstance(value, bool):
        raise Wrong
    return value


def _not(parts: list[Any], names: Names) -> Any:
    return not _truth(parts[0], names)


def _negative(parts: list[Any], names: Names) -> Any:
    return _bounded(-_number(value_of(parts[0], names)))


def _choice(parts: list[Any], names: Names) -> Any:
    return value_of(parts[1] if _truth(parts[0], names) else parts[2], names)


def _deciding(stop: bool) -> Callable[[list[Any], Names], Any]:
    def apply(parts: list[Any], names: Names) -> Any:
        failed = False
        for part in parts:
            try:
                if _truth(part, names) is stop:
                    return stop
            except Wrong:
                failed = True
        if failed:
            raise Wrong
        return not stop

    return apply


def _macro(parts: list[Any], names: Names) -> Any:
    over, name, variable, tests = parts
    value = value_of(over, names)
    if not isinstance(value, (list, dict)):
        raise Wrong
    inner = [names | {variable: entry} for entry in value]
    test = tests[-1]
    if name in ("all", "exists"):
        return _deciding(name == "exists")([("bound", test, each) for each in inner], {})
    if name == "exists_one":
        return sum([_truth(test, each) for each in inner]) == 1
    if name == "filter":
        return [each[variable] for each in inner if _truth(test, each)]
    return [value_of(test, each) for each in inner if len(tests) == 1 or _truth(tests[0], each)]


def _binary(sign: str) -> Callable[[list[Any], Names], Any]:
    return lambda parts, names: _apply(sign, value_of(parts[0], names), value_of(parts[1], names))


def _apply(sign: str, left: Any, right: Any) -> Any:
    if sign in ("==", "!="):
        return _equal(left, right) is (sign == "==")
    if sign == "in":
        return _within(left, right)
    if sign in _ORDERS:
        if not (isinstance(left, str) and isinstance(right, str)):
            left, right = _number(left), _number(right)
        return _ORDERS[sign](left, right)
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if sign == "+" and isinstance(left, list) and isinstance(right, list):
        return left + right
    return _bounded(_calculated(sign, _number(left), _number(right)))


def _calculated(sign: str, left: Any, right: Any) -> Any:
    if sign in ("/", "%") and right == 0:
        raise Wrong
    whole = type(left) is int and type(right) is int
    if sign == "%":
        if not whole:
            raise Wrong
        return left - right * _cut(left, right)
    try:
        if sign == "/":
            return _cut(left, right) if whole else left / right
        return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}[sign]()
    except OverflowError:
        raise Wrong from None


def _cut(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _within(left: Any, right: Any) -> bool:
    if isinstance(right, dict):
        return isinstance(left, str) and left in right
    if not isinstance(right, list):
        raise Wrong
    return any(_equal(left, entry) for entry in right)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _number(value: Any) -> Any:
    if type(value) not in (int, float):
        raise Wrong
    return value


def _bounded(value: Any) -> Any:
    if (type(value) is int and not -(2**63) <= value < 2**63) or not math.isfinite(value):
        raise Wrong
    return value


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_RULES: dict[str, Callable[[list[Any], Names], Any]] = {
    "literal": lambda parts, names: parts[0],
    "bound": lambda parts, names: value_of(parts[0], parts[1]),
    "name": _name,
    "select": _select,
    "index": _index,
    "has": _has,
    "size": _size,
    "!": _not,
    "neg": _negative,
    "choice": _choice,
    "list": lambda parts, names: [value_of(part, names) for part in parts[0]],
    "macro": _macro,
    "&&": _deciding(False),
    "||": _deciding(True),
}
