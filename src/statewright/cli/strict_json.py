"""JSON as the door takes it: no NaN, no key twice, no number that another reader would bend. Problems have a place."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from statewright.errors import StatewrightError
from statewright.kernel.values import Json, ValueRefused, admit
from statewright.language.yaml.scalars import ScalarRefused, scalar

# DESIGN 9: what a template may render to. Larger data belongs into a file that a tool reads.
INPUT_BYTES_MAX = 10 * 1024 * 1024

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_COLON = re.compile(r"\s*:")
# How the reader's complaints begin, and what is said instead.
_SLIPS = {
    "Expecting value": "a value is missing here",
    "Expecting property name": "a key in double quotes is missing here",
    "Expecting ':'": "a ':' is missing here",
    "Expecting ','": "a ',' is missing here",
    "Illegal trailing comma": "a ',' ends nothing here",
    "Extra data": "the value ended before this",
    "Unterminated string": "the quote that opens here is never closed",
    "Invalid control character": "a line or a control character cannot stand in a text",
    "Invalid \\": "there is no such escape",
}


class _Refused(Exception):
    """Says what a reader's hook found; `token` is how it stands in the text."""

    def __init__(self, code: str, message: str, token: str) -> None:
        super().__init__(message)
        self.code = code
        self.token = token


def read_json(data: bytes, origin: str) -> Json:
    """Returns the value of a JSON text; raises `StatewrightError` naming origin, line and column."""
    text = _text(data, origin)
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_number, parse_float=_number
        )
        return admit(value)
    except json.JSONDecodeError as error:
        _fail("JSON_INVALID", f"{origin}:{error.lineno}:{error.colno}: {_said(error.msg)}")
    except _Refused as refused:
        _fail(refused.code, f"{origin}:{_place(text, refused)}: {refused}")
    except ValueRefused as refused:
        _fail(refused.code, f"{origin}: {refused}")
    except RecursionError:
        _fail("VALUE_DEPTH_LIMIT", f"{origin}: the value nests too deeply")


def _said(complaint: str) -> str:
    return next((said for begin, said in _SLIPS.items() if complaint.startswith(begin)), "this is no JSON")


def _text(data: bytes, origin: str) -> str:
    if len(data) > INPUT_BYTES_MAX:
        message = f"{origin} has more than {INPUT_BYTES_MAX} bytes"
        raise StatewrightError("INPUT_TOO_LARGE", message, hint="put it into a file that a tool reads")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise StatewrightError(
            "TEXT_NOT_UTF8", f"{origin}: byte {error.start} is not UTF-8", hint="JSON is UTF-8 text"
        ) from None


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused("JSON_DUPLICATE_KEY", f"the key {twice!r} is here twice", twice)
    return found


def _constant(name: str) -> NoReturn:
    raise _Refused("NUMBER_NOT_FINITE", f"{name} is not JSON", name)


def _number(text: str) -> Json:
    try:
        return scalar(text)
    except ScalarRefused as refused:
        raise _Refused(refused.code, str(refused), text) from refused


def _place(text: str, refused: _Refused) -> str:
    """Returns line and column of what a hook refused; the text is well-formed up to there."""
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in "{[":
            keys.append(set())
        elif word in "}]":
            keys.pop()
        elif refused.code != "JSON_DUPLICATE_KEY":
            if word == refused.token:
                return _line_and_column(text, token.start())
        elif word[0] == '"' and _COLON.match(text, token.end()):
            key = json.loads(word)
            if key == refused.token and key in keys[-1]:
                return _line_and_column(text, token.start())
            keys[-1].add(key)
    raise AssertionError(f"{refused.token!r} was refused and is not there")


def _line_and_column(text: str, at: int) -> str:
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def _fail(code: str, message: str) -> NoReturn:
    raise StatewrightError(code, message, hint="the input must be JSON (RFC 8259), each key once") from None
