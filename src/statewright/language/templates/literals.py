"""Reads literals: Go's numbers, character constants, quoted and raw strings, and our single-quoted text."""

from __future__ import annotations

import re

from statewright.language.templates.lexer import Token
from statewright.language.templates.problems import TemplateSyntaxError

Number = int | float | complex

INT_MAX, INT_MIN = 2**63 - 1, -(2**63)
_FLOAT_SIGNS = re.compile(r"[.eE]")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip


def number(token: Token) -> Number:
    """Returns the value of a number token."""
    try:
        return _number(token.text.replace("_", ""))
    except (ValueError, OverflowError):
        raise _bad(token, f"{token.text!r} is not a number") from None


def text(token: Token) -> str:
    """Returns the text that a quoted or raw string means."""
    inner = token.text[1:-1]
    if token.kind == "raw":
        return inner.replace("\r", "")
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(lambda found: _unescaped(found.group(1), token), inner)


def character(token: Token) -> int:
    """Returns the code point of Go's `'x'`."""
    char = text(token)
    if len(char) != 1:
        raise _bad(token, f"{token.text} is not one character; Go writes text in double quotes")
    return ord(char)


def _number(digits: str) -> Number:
    if digits.endswith("i"):
        return _complex(digits)
    sign = -1 if digits.startswith("-") else 1
    bare = digits.lstrip("+-")
    if bare[:2] in ("0x", "0X"):
        value: Number = _hexadecimal(bare)
    elif bare[:2] in ("0b", "0B", "0o", "0O"):
        value = int(bare, 0)
    elif _FLOAT_SIGNS.search(bare):
        value = float(bare)
        if value - value != 0:
            raise OverflowError
    else:
        value = int(bare, 8) if len(bare) > 1 and bare[0] == "0" else int(bare)
    value *= sign
    if isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
        raise OverflowError
    return value


def _hexadecimal(bare: str) -> int | float:
    """Go's hexadecimal floats have an exponent; without one it is a whole number."""
    return float.fromhex(bare) if "p" in bare.lower() else int(bare, 16)


def _complex(digits: str) -> complex:
    split = max(digits.rfind("+"), digits.rfind("-"))
    if split <= 0:
        return complex(0, float(_real(digits[:-1])))
    return complex(float(_real(digits[:split])), float(_real(digits[split:-1])))


def _real(digits: str) -> int | float:
    value = _number(digits)
    assert not isinstance(value, complex)
    return value


def _unescaped(code: str, token: Token) -> str:
    if code in _SIMPLE:
        return _SIMPLE[code]
    try:
        if code[0] in "xuU" and len(code) > 1:
            return _code_point(int(code[1:], 16))
        if len(code) == 3:
            return _code_point(int(code, 8))
    except ValueError:
        pass
    raise _bad(token, f"\\{code} is no escape; write \\\\ for a backslash")


def _code_point(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError
    return chr(code)


def _bad(token: Token, message: str) -> TemplateSyntaxError:
    return TemplateSyntaxError("EXPR_SYNTAX", message, token.start, token.end)
