"""The one strict value model of a run, and its bytes (kernel rules R6, R7, R8, R12).

A value is None, bool, int, finite float, str, list or dict with str keys, or one of the references below. Everything
that enters a run passes `admit` once; from then on only the decoded copy is seen, so nobody can change it behind us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec

Json = Any  # user data: the only place where `Any` is meant

# Precedent: serde_json and Python's own parser stop near 1,000; nobody writes 64 levels by hand (DESIGN 9).
VALUE_DEPTH_MAX = 64
# Past this a value is kept once, by content, beside the journal (DESIGN 4).
INLINE_BYTES_MAX = 256 * 1024


class Reference(msgspec.Struct, frozen=True, gc=False, tag_field="$ref"):
    """A typed value that only the kernel and the door mint; in bytes it lives under the reserved key `$ref`."""


class Secret(Reference, frozen=True, tag="secret"):
    """The name of a secret. Only a declared sink resolves it, at the last moment."""

    name: str


class Blob(Reference, frozen=True, tag="blob"):
    """A value kept by content: `digest` is the SHA-256 (hex) of its `size` encoded bytes."""

    digest: str
    size: int


class Concat(Reference, frozen=True, tag="concat"):
    """A text with secrets in it: parts are text, secrets, or nested texts that an `encoder` was applied to."""

    parts: tuple[str | Secret | Concat, ...]
    encoder: str = ""  # "", "b64enc" or "urlquery": applied by the sink after resolving


class ValueRefused(ValueError):
    """Raised when something is not a value: `code` is stable, `path` says where inside the value."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{message} at {path or 'the top'}")
        self.code = code
        self.path = path


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_reference = msgspec.json.Decoder(Secret | Blob | Concat)


def encode(value: Json) -> bytes:
    """Returns the bytes of a value, keys in the order given. Keys that begin with `$` are escaped (R7)."""
    data = _encode(value)
    # The first look is for one byte: that is a tenth of the price, and hardly any value holds it.
    if b"$" in data and b'"$' in data:
        return _encode(_escape(value))
    return data


def encode_each(each: Collection[Json]) -> tuple[list[bytes], bytes]:
    """Returns the bytes of several values, and all of them as lines; no value's bytes hold a line's end.

    The reserved mark is looked for in all of them at once: few ever hold it.
    """
    parts = list(map(_encode, each))
    joined = b"\n".join(parts)
    if b'"$' in joined:
        parts = list(map(encode, each))
        joined = b"\n".join(parts)
    return parts, joined


def decode(data: bytes) -> Json:
    """Returns the value of bytes that `encode` wrote; references come back typed."""
    value = _decode(data)
    return _restore(value) if b"$" in data and b'"$' in data else value


def admit(value: Json) -> Json:
    """Returns a checked private copy of `value`; raises `ValueRefused` naming the place.

    The round trip through the codec is the check: NaN becomes null, a tuple a list, key 3 "3"; whatever the codec
    would bend is not equal to its copy.
    """
    try:
        data = _encode(value)
        copy = _decode(data)
        if data.count(b"[") + data.count(b"{") > VALUE_DEPTH_MAX:
            _refuse(value, "", 0)
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError, msgspec.MsgspecError):
        copy = _UNEQUAL
    if copy is _UNEQUAL or not _same(copy, value):
        _refuse(value, "", 0)
        raise ValueRefused("VALUE_INVALID", "", "this is not plain JSON data")
    return copy


def blob_of(value: Json) -> tuple[Blob, bytes]:
    """Returns the content address of a value and the bytes to keep under it."""
    data = encode(value)
    return Blob(hashlib.sha256(data).hexdigest(), len(data)), data


_UNEQUAL = object()


def _same(copy: Json, value: Json) -> bool:
    try:
        return bool(copy == value)
    except RecursionError:
        return False


def _refuse(value: Json, path: str, depth: int) -> None:
    """Walks to the first thing that is not a value, and raises with its place."""
    if depth > VALUE_DEPTH_MAX:
        raise ValueRefused("VALUE_DEPTH_LIMIT", path, f"a value nests deeper than {VALUE_DEPTH_MAX} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise ValueRefused("VALUE_KEY", path, f"the key {key!r} is not text")
            _refuse(item, f"{path}.{key}", depth + 1)
    elif type(value) is list:
        for index, item in enumerate(value):
            _refuse(item, f"{path}[{index}]", depth + 1)
    elif isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise ValueRefused("NUMBER_NOT_FINITE", path, f"{value} is not a finite number")
    elif isinstance(value, str):
        _refuse_surrogates(value, path)
    elif value is not None and not isinstance(value, (bool, int, float)):
        raise ValueRefused("VALUE_TYPE", path, f"a {type(value).__name__} is not JSON data")


def _refuse_surrogates(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueRefused("TEXT_INVALID_CHARACTER", path, "text holds a lone surrogate") from error


def _escape(value: Json) -> Json:
    if isinstance(value, dict):
        return {("$" + key if key.startswith("$") else key): _escape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape(item) for item in value]
    if isinstance(value, msgspec.Struct) and not isinstance(value, Reference):
        # What the codec leaves out is left out here too, so that a new field changes no digest of an old run.
        shown = _decode(_encode(value))
        names = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
        return {wire: _escape(getattr(value, names[wire])) if wire in names else tag for wire, tag in shown.items()}
    return value


def _restore(value: Json) -> Json:
    if isinstance(value, dict):
        if "$ref" in value:
            return _reference.decode(_encode(value))
        return {(key[1:] if key.startswith("$") else key): _restore(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restore(item) for item in value]
    return value
