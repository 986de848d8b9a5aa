"""`template eval --jsonl`: a line of JSON in, a line of JSON out, until stdin ends. A bad line does not end it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast, get_args

from statewright.cli.strict_json import INPUT_BYTES_MAX, read_json
from statewright.cli.template.rendering import MissingKey, Rendering, rendered
from statewright.cli.terminal import emit, to_json
from statewright.errors import StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic

_MISSING_KEY = "missingkey"
_HINT = 'a line is {"id": …, "template": "…", "context": …, "options": ["missingkey=error"]}'


def answer_lines(how: Rendering) -> None:
    """Answers every line of stdin. All of them see one time; the seed goes on from line to line."""
    if sys.stdin is None:
        raise StatewrightError("STDIN_CLOSED", "--jsonl reads stdin, which is closed", hint="pipe the lines in")
    now_ms, seed = how.now_ms(), how.drawn_from()
    for number, line in _lines(sys.stdin.buffer):
        emit(to_json(_answer(line, number, how, now_ms=now_ms, seed=seed + number.to_bytes(8, "big"))))


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yields each line that has anything in it, with its number; of one that is too long its beginning."""
    number = 0
    while line := stream.readline(INPUT_BYTES_MAX + 1):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(INPUT_BYTES_MAX)
        if line.strip():
            yield number, line


def _answer(line: bytes, number: int, how: Rendering, *, now_ms: int, seed: bytes) -> Json:
    id: Json = None
    try:
        asked = read_json(line, f"line {number}")
        if not isinstance(asked, dict):
            raise _unfit(number, "it is not an object")
        id = asked.get("id")
        how = _with_options(how, asked.get("options"), number)
        template = asked.get("template")
        if not isinstance(template, str):
            raise _unfit(number, '"template" is not a text')
    except StatewrightError as error:
        return {"id": id, **_error(error.code, error.message, error.hint)}
    value = rendered(template, asked.get("context"), how, now_ms=now_ms, seed=seed)
    if not isinstance(value, Diagnostic):
        return {"id": id, "output": value}
    place = {"line": value.line, "column": value.column} if value.line else {}
    return {"id": id, **_error(value.code, value.message, value.hint), **place}


def _with_options(how: Rendering, options: Json, number: int) -> Rendering:
    """Returns the rendering with Go's options of a line over those of the command."""
    if options is None:
        return how
    if not isinstance(options, list):
        raise _unfit(number, '"options" is not a list')
    for option in options:
        name, _, value = option.partition("=") if isinstance(option, str) else ("", "", "")
        if name != _MISSING_KEY or value not in get_args(MissingKey):
            raise _unfit(number, f"there is no option {option!r}")
        how = replace(how, missing_key=cast(MissingKey, value))
    return how


def _unfit(number: int, problem: str) -> StatewrightError:
    return StatewrightError("INPUT_INVALID", f"line {number}: {problem}", hint=_HINT)


def _error(code: str, message: str, hint: str) -> dict[str, Json]:
    return {"error": f"{code}: {message}", "code": code} | ({"hint": hint} if hint else {})
