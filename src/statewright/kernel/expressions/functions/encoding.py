"""Encodings and digests: base64, base32, JSON, URLs, HTML, JavaScript.

`b64enc` and `urlquery` are the only ones that a secret may go through: the sink applies them after resolving (R8).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import string
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from statewright.kernel import values
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.formatting import parts
from statewright.kernel.expressions.functions.signature import (
    CHARACTERS_PER_STEP,
    DEAR_CHARACTERS_PER_STEP,
    Function,
    Take,
    as_text,
    slowly,
)
from statewright.kernel.expressions.functions.urls import query_escaped
from statewright.kernel.expressions.goprint import NO_VALUE, go_float
from statewright.kernel.expressions.printing import json_text
from statewright.kernel.expressions.run import Run
from statewright.kernel.values import Concat, Json, Reference

# Go writes floats in this range without an exponent.
JSON_PLAIN_FROM, JSON_PLAIN_TO = 1e-6, 1e21
# A text that no value holds: admitted text has no lone surrogates.
_FLOAT_MARK = "\udcff"
_FLOAT = re.compile(f'"{_FLOAT_MARK}(\\d+)"')
BASE32 = string.ascii_uppercase + "234567"
BASE64 = string.ascii_letters + string.digits + "+/"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\N{REPLACEMENT CHARACTER}"}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}
_JSON_LINES = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
_JSON_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", **_JSON_LINES}


def _encoder(name: str, encode: Callable[[str], str], take: Take) -> Function:
    """An encoder that a secret may go through: then it stands in the text beside the reference."""

    def apply(run: Run, value: Any) -> Any:
        if isinstance(value, Reference):
            parts = value.parts if isinstance(value, Concat) and not value.encoder else (value,)
            return Concat(parts=parts, encoder=name)  # type: ignore[arg-type]  # a blob never comes here
        return encode(take(run, value))

    return Function(apply, "k", needs_run=True)


def b64dec(text: str) -> str:
    """Returns what base64 means; what is not text in it is replaced."""
    return _decoded(base64.b64decode, text)


def b32dec(text: str) -> str:
    """Returns what base32 means."""
    return _decoded(base64.b32decode, text)


def _or_message(decode: Callable[[str], str], alphabet: str) -> Callable[[str], str]:
    """In Go mode what cannot be decoded gives the decoder's message, as Sprig does."""

    def apply(text: str) -> str:
        try:
            return decode(text)
        except ExpressionError:
            # A text that only ends too early is wrong from the last group of characters on.
            size = {64: 4, 32: 8}[len(alphabet)]
            short = len(text) - len(text) % size
            at = next((at for at, char in enumerate(text) if char not in alphabet and char != "="), short)
            return f"illegal base{len(alphabet)} data at input byte {at}"

    return apply


def _decoded(decode: Callable[..., bytes], text: str) -> str:
    # Lines of an encoding may be broken anywhere.
    data = text.replace("\n", "").replace("\r", "")
    try:
        return decode(data, **({"validate": True} if decode is base64.b64decode else {})).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise ExpressionError("EXPR_ENCODING", f"this is not valid: {error}") from None


def to_json(run: Run, value: Json) -> str:
    """Returns compact JSON; Go sorts the keys and escapes what HTML knows."""
    return _escaped(_go_json(run, value, None), _JSON_HTML) if run.go else json_text(run, value)


def to_raw_json(run: Run, value: Json) -> str:
    """Returns compact JSON with nothing escaped."""
    return _escaped(_go_json(run, value, None), _JSON_LINES) if run.go else json_text(run, value)


def to_pretty_json(run: Run, value: Json) -> str:
    """Returns JSON over several lines."""
    if run.go:
        return _escaped(_go_json(run, value, 2), _JSON_HTML)
    return msgspec.json.format(json_text(run, value), indent=2)


def _go_json(run: Run, value: Json, indent: int | None) -> str:
    """Returns JSON as Go writes it: keys in order, and floats without needless digits."""
    separators = (",", ":") if indent is None else (",", ": ")
    numbers: list[str] = []
    marked = _marked(value, numbers)
    text = json.dumps(marked, sort_keys=True, ensure_ascii=False, indent=indent, separators=separators)
    run.make_room(len(text))
    run.spend(len(text) // CHARACTERS_PER_STEP)
    return text if not numbers else _FLOAT.sub(lambda found: numbers[int(found.group(1))], text)


def _marked(value: Json, numbers: list[str]) -> Json:
    """Returns the value with a mark for each float, which the encoder would write in Python's way."""
    if isinstance(value, dict):
        return {key: _marked(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, numbers) for item in value]
    if not isinstance(value, float):
        return value
    numbers.append(_go_number(value))
    return f"{_FLOAT_MARK}{len(numbers) - 1}"


def _go_number(value: float) -> str:
    magnitude = abs(value)
    if magnitude and not JSON_PLAIN_FROM <= magnitude < JSON_PLAIN_TO:
        mantissa, _, exponent = go_float(magnitude).partition("e")
        return f"{'-' if value < 0 else ''}{mantissa}e{int(exponent):+d}"
    plain = format(Decimal(repr(value)), "f")
    return plain.removesuffix(".0")


def from_json(text: str) -> Json:
    """Returns the value that JSON means, or null."""
    try:
        return must_from_json(text)
    except ExpressionError:
        return None


def must_from_json(text: str) -> Json:
    """Returns the value that JSON means."""
    try:
        return values.admit(msgspec.json.decode(text))
    except (msgspec.DecodeError, values.ValueRefused, RecursionError) as error:
        raise ExpressionError("EXPR_ENCODING", f"this is not JSON: {error}") from None


def html(text: str) -> str:
    """Escapes what HTML gives a meaning."""
    return _escaped(text, _HTML)


def js(text: str) -> str:
    """Escapes what a JavaScript string gives a meaning."""
    escaped = _escaped(text, _JS)
    if escaped.isprintable():
        return escaped
    return "".join(char if char.isprintable() else f"\\u{ord(char):04X}" for char in escaped)


def _escaped(text: str, escapes: dict[str, str]) -> str:
    """Replaces characters, the first of the table first: it is the one that the others bring in."""
    for char, escape in escapes.items():
        text = text.replace(char, escape)
    return text


def _printed(escape: Callable[[str], str]) -> Callable[..., str]:
    """Go's escapers print several values first, as `print` does; to them nothing is a value that is missing."""

    def apply(run: Run, *values: Any) -> str:
        given = [NO_VALUE if value is None and run.go else value for value in values]
        text = "".join(parts(run, given, always=False))
        run.spend(len(text) // CHARACTERS_PER_STEP)
        return escape(text)

    return apply


def _digest(algorithm: Callable[[bytes], Any]) -> Callable[[str], str]:
    return lambda text: str(algorithm(text.encode()).hexdigest())


FUNCTIONS = {
    "adler32sum": Function(lambda text: str(zlib.adler32(text.encode())), "s"),
    "b32dec": Function(b32dec, "x"),
    "b32enc": Function(lambda text: base64.b32encode(text.encode()).decode(), "x"),
    "b64dec": Function(b64dec, "S"),
    "b64enc": _encoder("b64enc", lambda text: base64.b64encode(text.encode()).decode(), as_text),
    "fromJson": Function(from_json, "S"),
    "html": Function(_printed(html), "v*", needs_run=True),
    "htmlAttrEscape": Function(html, "s"),
    "htmlEscape": Function(html, "s"),
    "js": Function(_printed(js), "v*", needs_run=True),
    "jsEscape": Function(js, "S"),
    "mustFromJson": Function(must_from_json, "S"),
    "mustToJson": Function(to_json, "d", needs_run=True),
    "mustToPrettyJson": Function(to_pretty_json, "d", needs_run=True),
    "mustToRawJson": Function(to_raw_json, "d", needs_run=True),
    "sha1sum": Function(_digest(hashlib.sha1), "s"),
    "sha256sum": Function(_digest(hashlib.sha256), "s"),
    "toJson": Function(to_json, "d", needs_run=True),
    "toPrettyJson": Function(to_pretty_json, "d", needs_run=True),
    "toRawJson": Function(to_raw_json, "d", needs_run=True),
    "urlquery": _encoder("urlquery", query_escaped, slowly(as_text, DEAR_CHARACTERS_PER_STEP)),
}
GO_FUNCTIONS = {
    "b32dec": Function(_or_message(b32dec, BASE32), "x"),
    "b64dec": Function(_or_message(b64dec, BASE64), "S"),
    "urlquery": Function(_printed(query_escaped), "v*", needs_run=True),
}
