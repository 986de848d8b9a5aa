"""A run's input from the command line: `--input` gives it whole, `-i key=value` sets one field, typed by the schema."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from statewright.cli.strict_json import INPUT_BYTES_MAX, read_json
from statewright.errors import StatewrightError
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json, ValueRefused, admit
from statewright.language.yaml.scalars import ScalarRefused, scalar

_STDIN = "-"


def read_input(whole: str, fields: Sequence[str], schema: Schema | None) -> Json:
    """Returns the input. Raises `StatewrightError` naming the flag and what was expected."""
    value = read_whole(whole) if whole else {}
    if not fields:
        return value
    if not isinstance(value, dict):
        message = f"-i sets a field of an object, but --input is of type {_kind_of(value)}"
        raise StatewrightError("INPUT_INVALID", message, hint="give --input an object, or leave -i out")
    return value | _fields(fields, schema)


def read_whole(text: str, flag: str = "--input") -> Json:
    """Returns the value that a flag gives whole: JSON, @file, or @- for stdin."""
    if not text.startswith("@"):
        return read_json(text.encode("utf-8", "surrogateescape"), flag)
    name = text[1:]
    return read_json(_stdin(flag) if name == _STDIN else _file(name, flag), "stdin" if name == _STDIN else name)


def read_data(text: str) -> Json:
    """Returns the value that `-d` gives: JSON, @file, or - for stdin; nothing where it was not given."""
    return read_whole("@-" if text == _STDIN else text, "-d") if text else None


def read_change(text: str) -> tuple[str, Json]:
    """Returns the path and the value of `--set path=value`: JSON where it is that, else a text."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        hint = "write --set input.name=Alice, or --set classify.category=billing"
        raise StatewrightError("ARGUMENT_INVALID", f"--set {text!r} is not path=value", hint=hint)
    if value[:1] in ("{", "[", '"'):
        return name, read_json(value.encode("utf-8", "surrogateescape"), f"--set {name}")
    return name, _typed(name, value, None)


def _stdin(flag: str) -> bytes:
    if sys.stdin is None:
        raise StatewrightError("STDIN_CLOSED", f"{flag} @- reads stdin, which is closed", hint="pipe the JSON in")
    return sys.stdin.buffer.read(INPUT_BYTES_MAX + 1)


def _file(name: str, flag: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(INPUT_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no path"
        raise StatewrightError(
            "INPUT_UNREADABLE", f"{name}: {reason}", hint=f"{flag} takes JSON, @file or @- for stdin"
        ) from error


def _fields(fields: Sequence[str], schema: Schema | None) -> dict[str, Json]:
    properties = schema.document.get("properties") if schema is not None else None
    found: dict[str, Json] = {}
    for field in fields:
        key, equals, text = field.partition("=")
        if not key or not equals:
            raise StatewrightError("INPUT_INVALID", f"-i {field!r} is not key=value", hint="write -i name=Alice")
        if key in found:
            hint = "for a list, write -i key='[1, 2]'"
            raise StatewrightError("INPUT_REPEATED", f"-i sets {key!r} twice", hint=hint)
        found[key] = _typed(key, text, (properties or {}).get(key))
    return found


def _typed(key: str, text: str, schema: Json) -> Json:
    """Returns what the text means: the first kind that the schema allows and the text can be, else a plain scalar."""
    kinds = _kinds(schema)
    try:
        for kind in (kind for kind in _READERS if kind in kinds):
            value = _READERS[kind](key, text)
            if kind == "string" or _kind_of(value) in (kind, *_NARROWER.get(kind, ())):
                return admit(value)
        if not kinds:
            return admit(scalar(text))
    except ScalarRefused as refused:
        raise StatewrightError(refused.code, f"-i {key}: {refused}", hint="a text goes in quotes within JSON") from None
    except ValueRefused as refused:
        raise StatewrightError(refused.code, f"-i {key}: {refused}", hint="use UTF-8 text") from None
    expected = " or ".join(kinds)
    raise StatewrightError(
        "INPUT_INVALID", f"-i {key}={text}: expected {expected}", hint=f"write -i {key}=<{expected}>"
    )


def _kinds(schema: Json) -> list[str]:
    """Returns the types that a property's schema names; none where it names none, or composes others."""
    kinds = schema.get("type") if isinstance(schema, dict) else None
    listed = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    return [kind for kind in listed if kind in _READERS]


def _json(key: str, text: str) -> Json:
    return read_json(text.encode("utf-8", "surrogateescape"), f"-i {key}")


# In the order in which a text is tried: what is most special first, text last.
_READERS: dict[str, Callable[[str, str], Json]] = {
    "null": lambda key, text: scalar(text) if text else text,
    "boolean": lambda key, text: scalar(text),
    "integer": lambda key, text: scalar(text),
    "number": lambda key, text: scalar(text),
    "array": lambda key, text: _json(key, text) if text.lstrip().startswith("[") else text,
    "object": lambda key, text: _json(key, text) if text.lstrip().startswith("{") else text,
    "string": lambda key, text: text,
}
_NARROWER = {"number": ("integer",)}
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _kind_of(value: Json) -> str:
    return _KINDS[type(value)]
