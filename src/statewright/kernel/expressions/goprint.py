"""How Go prints values: `%v` of lists, maps and floats, and the joining of `print` and `println`.

Source: the documentation of Go's package fmt. `printf` with its verbs is in `functions.formatting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.made import ENTRIES_PER_STEP, refuse_secret
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import VALUE_DEPTH_MAX, Blob, Reference

NIL = "<nil>"
NO_VALUE = "<no value>"
# `%v` of a float turns to exponents outside of these powers of ten.
PLAIN_EXPONENTS = range(-4, 6)


def go_value(run: Run, value: Any) -> Any:
    """Returns `%v` of a value; a secret is returned as the reference it is."""
    kind = type(value)
    if kind is str:
        return value
    if isinstance(value, Reference) and kind is not Blob:
        return value
    pieces: list[str] = []
    _Printer(run, pieces).print(value, 0)
    return "".join(pieces)


def go_join(run: Run, values: Sequence[Any], *, always: bool) -> list[Any]:
    """Returns what `print` writes: blanks between two values when neither is text, or always."""
    parts: list[Any] = []
    for position, value in enumerate(values):
        if position and (always or not (isinstance(value, str) or isinstance(values[position - 1], str))):
            parts.append(" ")
        parts.append(go_value(run, value))
    return parts


def go_float(value: float) -> str:
    """Returns `%v` of a float: the shortest digits, with an exponent from 1e+06 and below 0.0001."""
    sign = "-" if repr(value).startswith("-") else ""
    if value == 0:
        return sign + "0"
    digits, point = shortest(value)
    if point - 1 not in PLAIN_EXPONENTS:
        return sign + exponent_form(digits, point - 1)
    return sign + _positional(digits, point)


def exponent_form(digits: str, exponent: int) -> str:
    """Returns d.ddde±xx."""
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def shortest(value: float) -> tuple[str, int]:
    """Returns the shortest digits that mean this float, and where the point is."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return digits.rstrip("0") or "0", point


def _positional(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


class _Printer:
    """Walks a value and collects its text, within the budget."""

    def __init__(self, run: Run, pieces: list[str]) -> None:
        self._run = run
        self._pieces = pieces
        self._size = 0

    def print(self, value: Any, depth: int) -> None:
        if depth > VALUE_DEPTH_MAX:
            raise ExpressionError("EXPR_DEPTH", f"a value nests deeper than {VALUE_DEPTH_MAX} levels")
        if isinstance(value, list):
            self._list(value, depth)
        elif isinstance(value, dict):
            self._map(value, depth)
        elif isinstance(value, Blob):
            self.print(self._run.load(value), depth)
        elif isinstance(value, View):
            self._view(value, depth)
        else:
            self._write(_scalar(value))

    def _view(self, view: View, depth: int) -> None:
        text = getattr(view, "go_text", None)
        if text is None:
            self.print(view.plain(), depth)
        else:
            self._write(text())

    def _list(self, items: list[Any], depth: int) -> None:
        self._run.spend(1 + len(items) // ENTRIES_PER_STEP)
        self._write("[")
        for position, item in enumerate(items):
            if position:
                self._write(" ")
            self.print(item, depth + 1)
        self._write("]")

    def _map(self, items: dict[str, Any], depth: int) -> None:
        self._run.spend(1 + len(items) // ENTRIES_PER_STEP)
        self._write("map[")
        for position, key in enumerate(sorted(items)):
            self._write(f" {key}:" if position else f"{key}:")
            self.print(items[key], depth + 1)
        self._write("]")

    def _write(self, text: str) -> None:
        self._size += len(text)
        self._run.make_room(self._size)
        self._pieces.append(text)


def _scalar(value: Any) -> str:
    if value is None or value is MISSING:
        return NIL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, complex):
        return f"({go_float(value.real)}{'+' if value.imag >= 0 else ''}{go_float(value.imag)}i)"
    if isinstance(value, Reference):
        raise refuse_secret()
    return str(value)
