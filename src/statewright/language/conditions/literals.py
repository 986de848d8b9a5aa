"""Reads the literals of conditions: CEL's numbers within 64 bits, and its texts with escapes, raw or triple-quoted."""

from __future__ import annotations

import re

from statewright.language.conditions.lexer import Token
from statewright.language.templates.problems import TemplateSyntaxError

INT_MAX, INT_MIN = 2**63 - 1, -(2**63)
_ESCAPE = re.compile(r"\\([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.DOTALL)
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip


def number(token: Token, *, negative: bool = False) -> int | float:
    """Returns the value of a number; the least one of all needs its sign."""
    digits = token.text.rstrip("uU")
    sign = -1 if negative else 1
    if digits[:2] in ("0x", "0X"):
        return _whole(token, sign * int(digits, 16))
    if digits.isdecimal():
        # A longer one is out of range, and Python refuses to read it.
        return _whole(token, sign * int(digits) if len(digits) <= len(str(INT_MAX)) else INT_MAX + 1)
    value = sign * float(digits)
    if value - value != 0:
        raise _bad(token, f"{token.text} is too large for a number")
    return value


def text(token: Token) -> str:
    """Returns the text that a quoted token means."""
    if token.kind == "raw":
        return _inner(token.text[1:])
    inner = _inner(token.text)
    return _ESCAPE.sub(lambda found: _unescaped(found.group(1), token), inner) if "\\" in inner else inner


def _inner(quoted: str) -> str:
    width = 3 if len(quoted) >= 6 and quoted[:3] == quoted[0] * 3 else 1
    return quoted[width:-width]


def _whole(token: Token, value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise _bad(token, f"{token.text} does not fit into 64 bits")
    return value


def _unescaped(code: str, token: Token) -> str:
    if code in _SIMPLE:
        return _SIMPLE[code]
    point = int(code, 8) if code.isdecimal() and len(code) == 3 else int(code[1:], 16) if len(code) > 1 else -1
    if point < 0 or point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise _bad(token, f"\\{code} is no escape; write \\\\ for a backslash, or r'…' for text without escapes")
    return chr(point)


def _bad(token: Token, message: str) -> TemplateSyntaxError:
    return TemplateSyntaxError("EXPR_SYNTAX", message, token.start, token.end)
