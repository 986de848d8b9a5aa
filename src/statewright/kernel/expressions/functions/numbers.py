"""Numbers of Sprig: whole ones are cut to 64 bits and read leniently, the `f` ones calculate in decimal.

`add`, `div` and their kin make whole numbers of whatever they get (`div 7.9 2` is 3); use the operators for the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException
from functools import reduce
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.operators import INT_MAX, INT_MIN, bounded

# The digits that Sprig's decimals keep when they divide.
DECIMAL = Context(prec=32)
# Powers of ten past this say nothing about a float.
ROUND_DIGITS_MAX = 308
# No blanks, and digits of ASCII alone; a text that is longer than this is no number of 64 bits.
_WHOLE = re.compile(r"[+-]?[0-9A-Za-z_]{1,80}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def whole(value: Any) -> int:
    """Reads a whole number leniently: fractions are cut, text is parsed, all else is 0."""
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, float):
        return int(value) if INT_MIN <= value <= INT_MAX else 0
    return _parsed(value, 0) if isinstance(value, str) else 0


def floating(value: Any) -> float:
    """Reads a float leniently."""
    if isinstance(value, (bool, int, float)):
        return float(value)
    if not isinstance(value, str) or not _FLOAT.fullmatch(value):
        return 0.0
    number = float(value)
    return number if math.isfinite(number) else 0.0


def atoi(text: str) -> int:
    """Reads decimal digits; anything else is 0."""
    return _parsed(text, 10)


def to_decimal(value: Any) -> int:
    """Reads octal digits, as file modes are written."""
    return _parsed(value if isinstance(value, str) else str(whole(value)), 8)


def add(*values: Any) -> Any:
    """Adds whole numbers."""
    return bounded(sum(map(whole, values)))


def subtract(left: Any, right: Any) -> Any:
    """Takes one whole number from another."""
    return bounded(whole(left) - whole(right))


def multiply(first: Any, *others: Any) -> Any:
    """Multiplies whole numbers."""
    return reduce(lambda product, value: bounded(product * whole(value)), others, whole(first))


def divide(left: Any, right: Any) -> Any:
    """Divides whole numbers; the rest is cut."""
    dividend, divisor = whole(left), _divisor(whole(right))
    quotient = abs(dividend) // abs(divisor)
    return bounded(quotient if (dividend < 0) == (divisor < 0) else -quotient)


def modulo(left: Any, right: Any) -> Any:
    """Returns the rest of a division, with the sign of the dividend."""
    dividend, divisor = whole(left), _divisor(whole(right))
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def rounded(value: Any, digits: int = 0, threshold: float = 0.5) -> float:
    """Rounds to digits after the point; a fraction from `threshold` on is rounded up."""
    if abs(digits) > ROUND_DIGITS_MAX:
        raise ExpressionError("EXPR_NUMBER_LIMIT", "a float has no such digit")
    power = 10.0**digits
    scaled = floating(value) * power
    if not math.isfinite(scaled):
        return floating(value)
    up = math.modf(scaled)[0] >= threshold
    return (math.ceil(scaled) if up else math.floor(scaled)) / power


def _extreme(choose: Callable[..., Any], read: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda first, *others: choose(map(read, (first, *others)))


def _decimal(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., float]:
    def calculate(first: Any, *others: Any) -> float:
        try:
            total = reduce(operation, (_exact(other) for other in others), _exact(first))
            return float(bounded(float(total)))
        except (DecimalException, OverflowError):
            raise ExpressionError("EXPR_NUMBER_LIMIT", "the result does not fit into 64 bits") from None

    return calculate


def _quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise ExpressionError("EXPR_DIV_ZERO", "division by zero")
    return DECIMAL.divide(left, right)


def _exact(value: Any) -> Decimal:
    return Decimal(repr(floating(value)))


def _divisor(value: int) -> int:
    if value == 0:
        raise ExpressionError("EXPR_DIV_ZERO", "division by zero")
    return value


def _parsed(text: str, base: int) -> int:
    """Base 0 knows 0x, 0o, 0b and a leading 0 for octal, as Go does."""
    if not _WHOLE.fullmatch(text) or (base and "_" in text):
        return 0
    digits = text.lstrip("+-")
    if base == 0 and len(digits) > 1 and digits[0] == "0" and digits[1] in "_01234567":
        base = 8
    try:
        value = int(text, base)
    except ValueError:
        return 0
    return value if INT_MIN <= value <= INT_MAX else 0


_plus = _decimal(DECIMAL.add)


def addf(*values: Any) -> float:
    """Adds numbers in decimal."""
    return _plus(0.0, *values)


FUNCTIONS = {
    "add": Function(add, "v*"),
    "add1": Function(lambda value: bounded(whole(value) + 1), "v"),
    "add1f": Function(lambda value: addf(value, 1), "v", cost=2),
    "addf": Function(addf, "v*", cost=2),
    "atoi": Function(atoi, "s"),
    "biggest": Function(_extreme(max, whole), "vv*"),
    "ceil": Function(lambda value: float(math.ceil(floating(value))), "v"),
    "div": Function(divide, "vv", subject=0),
    "divf": Function(_decimal(_quotient), "vv*", subject=0, cost=2),
    "float64": Function(floating, "v"),
    "floor": Function(lambda value: float(math.floor(floating(value))), "v"),
    "int": Function(whole, "v"),
    "int64": Function(whole, "v"),
    "max": Function(_extreme(max, whole), "vv*"),
    "maxf": Function(_extreme(max, floating), "vv*"),
    "min": Function(_extreme(min, whole), "vv*"),
    "minf": Function(_extreme(min, floating), "vv*"),
    "mod": Function(modulo, "vv", subject=0),
    "mul": Function(multiply, "vv*"),
    "mulf": Function(_decimal(DECIMAL.multiply), "vv*", cost=2),
    "round": Function(rounded, "vi?f?", subject=0),
    "sub": Function(subtract, "vv", subject=0),
    "subf": Function(_decimal(DECIMAL.subtract), "vv*", subject=0, cost=2),
    "toDecimal": Function(to_decimal, "v"),
}
