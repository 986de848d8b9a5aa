"""YAML 1.2's core scalars: what a plain text without quotes stands for.

`on`, `no` and `yes` are text, and so are dates and `1:30`; there is no octal of YAML 1.1 (reliability.md B-013..B-017).
"""

from __future__ import annotations

import math
import re

from statewright.kernel.values import Json

# The integers that every JSON reader keeps exactly (RFC 8259, section 6).
INTEGER_MAX = 2**53 - 1
# More digits than an integer of that size or a double can mean.
DIGITS_MAX = 400

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("0123456789+-.")


class ScalarRefused(ValueError):
    """Raised when a plain text is a number that no run may hold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def scalar(text: str) -> Json:
    """Returns what the plain text means; raises `ScalarRefused`."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if len(text) > DIGITS_MAX and (_INTEGER.match(text) or _HEX.match(text) or _OCTAL.match(text)):
        raise ScalarRefused("NUMBER_TOO_LARGE", _too_large(text[:20] + "…"))
    if _INTEGER.match(text):
        return _integer(int(text), text)
    if _HEX.match(text) or _OCTAL.match(text):
        return _integer(int(text, 0), text)
    if _FLOAT.match(text):
        return _finite(float(text), text)
    if _NOT_FINITE.match(text):
        raise ScalarRefused("NUMBER_NOT_FINITE", f"{text} is not a finite number")
    return text


def _integer(number: int, text: str) -> int:
    if abs(number) > INTEGER_MAX:
        raise ScalarRefused("NUMBER_TOO_LARGE", _too_large(text))
    return number


def _finite(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise ScalarRefused("NUMBER_NOT_FINITE", f"{text[:20]} is not a finite number")
    return number


def _too_large(text: str) -> str:
    return f"{text} is beyond ±{INTEGER_MAX}, the integers that JSON keeps exactly"
