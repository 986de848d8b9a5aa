"""What a value is, in Go's words: `kindOf`, `typeOf`, and deep equality."""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.operators import equal
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import View

# type, kind
_NAMES: tuple[tuple[type, str, str], ...] = (
    (bool, "bool", "bool"),
    (int, "int", "int"),
    (float, "float64", "float64"),
    (complex, "complex128", "complex128"),
    (str, "string", "string"),
    (list, "[]interface {}", "slice"),
    (dict, "map[string]interface {}", "map"),
)


def type_of(value: Any) -> str:
    """Returns the name of a value's Go type."""
    if isinstance(value, View):
        return str(getattr(value, "go_type", "map[string]interface {}"))
    return next((name for kind, name, _ in _NAMES if isinstance(value, kind)), "<nil>")


def kind_of(value: Any) -> str:
    """Returns the name of a value's Go kind."""
    if isinstance(value, View):
        return "struct"
    return next((name for kind, _, name in _NAMES if isinstance(value, kind)), "invalid")


def deeply_equal(run: Run, left: Any, right: Any) -> bool:
    """Says whether two values are the same all through; in Go mode 1 and 1.0 are of different types."""
    return equal(run, left, right) and (not run.go or _of_same_type(run, left, right))


def _of_same_type(run: Run, left: Any, right: Any) -> bool:
    run.spend(1)
    if isinstance(left, list) and isinstance(right, list):
        return all(_of_same_type(run, *pair) for pair in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return all(_of_same_type(run, item, right[key]) for key, item in left.items())
    return type_of(left) == type_of(right)


FUNCTIONS = {
    "deepEqual": Function(deeply_equal, "vv", needs_run=True, subject=0),
    "kindIs": Function(lambda wanted, value: wanted == kind_of(value), "sv"),
    "kindOf": Function(kind_of, "v"),
    "typeIs": Function(lambda wanted, value: wanted == type_of(value), "sv"),
    "typeIsLike": Function(lambda wanted, value: type_of(value) in (wanted, "*" + wanted), "sv"),
    "typeOf": Function(type_of, "v"),
}
