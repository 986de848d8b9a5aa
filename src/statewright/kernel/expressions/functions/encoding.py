"""Encodings and digests: base64, base32, JSON, URLs, HTML, JavaScript.

`b64enc` and `urlquery` are the only ones that a secret may go through: the sink applies them after resolving (R8).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

from statewright.kernel import values
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import CHARACTERS_PER_STEP, Function, Take, as_text, slowly
from statewright.kernel.expressions.functions.urls import query_escaped
from statewright.kernel.expressions.printing import json_text
from statewright.kernel.expressions.run import Run
from statewright.kernel.values import Concat, Json, Reference

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\N{REPLACEMENT CHARACTER}"}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}
_JSON_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


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


def _decoded(decode: Callable[..., bytes], text: str) -> str:
    try:
        return decode(text, **({"validate": True} if decode is base64.b64decode else {})).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise ExpressionError("EXPR_ENCODING", f"this is not valid: {error}") from None


def to_json(run: Run, value: Json) -> str:
    """Returns compact JSON; Go sorts the keys and escapes what HTML knows."""
    return _escaped(_go_json(value, None), _JSON_HTML) if run.go else json_text(run, value)


def to_raw_json(run: Run, value: Json) -> str:
    """Returns compact JSON with nothing escaped."""
    return _go_json(value, None) if run.go else json_text(run, value)


def to_pretty_json(run: Run, value: Json) -> str:
    """Returns JSON over several lines."""
    if run.go:
        return _escaped(_go_json(value, 2), _JSON_HTML)
    return msgspec.json.format(json_text(run, value), indent=2)


def _go_json(value: Json, indent: int | None) -> str:
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(_whole_floats(value), sort_keys=True, ensure_ascii=False, indent=indent, separators=separators)


def _whole_floats(value: Json) -> Json:
    """Go writes 3.0 as 3."""
    if isinstance(value, dict):
        return {key: _whole_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_floats(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


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


def _joined(escape: Callable[[str], str]) -> Callable[..., str]:
    """Go's escapers print several values first, as `print` does."""

    def apply(run: Run, *texts: Any) -> str:
        return escape(" ".join(as_text(run, text) for text in texts))

    return apply


def _digest(algorithm: Callable[[bytes], Any]) -> Callable[[str], str]:
    return lambda text: str(algorithm(text.encode()).hexdigest())


FUNCTIONS = {
    "adler32sum": Function(lambda text: str(zlib.adler32(text.encode())), "s"),
    "b32dec": Function(b32dec, "s"),
    "b32enc": Function(lambda text: base64.b32encode(text.encode()).decode(), "s"),
    "b64dec": Function(b64dec, "s"),
    "b64enc": _encoder("b64enc", lambda text: base64.b64encode(text.encode()).decode(), as_text),
    "fromJson": Function(from_json, "r"),
    "html": Function(_joined(html), "v*", needs_run=True),
    "htmlAttrEscape": Function(html, "s"),
    "htmlEscape": Function(html, "s"),
    "js": Function(_joined(js), "v*", needs_run=True),
    "jsEscape": Function(js, "S"),
    "mustFromJson": Function(must_from_json, "r"),
    "mustToJson": Function(to_json, "d", needs_run=True),
    "mustToPrettyJson": Function(to_pretty_json, "d", needs_run=True),
    "mustToRawJson": Function(to_raw_json, "d", needs_run=True),
    "sha1sum": Function(_digest(hashlib.sha1), "s"),
    "sha256sum": Function(_digest(hashlib.sha256), "s"),
    "toJson": Function(to_json, "d", needs_run=True),
    "toPrettyJson": Function(to_pretty_json, "d", needs_run=True),
    "toRawJson": Function(to_raw_json, "d", needs_run=True),
    "urlquery": _encoder("urlquery", query_escaped, slowly(as_text, CHARACTERS_PER_STEP)),
}
