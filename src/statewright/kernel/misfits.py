"""What is wrong with a value by its schema, in our words: they stand in journals, and outlive the schema library's.

The value itself is not repeated. It may be long, or nobody else's business; its place is told beside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jsonschema_rs

from statewright.kernel.values import Json, encode

# A person reads no more names or options than this at once, and no longer ones.
SHOWN_MAX = 8
SHOWN_CHARACTERS_MAX = 60
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
# Keyword -> what was expected; `{…}` is what the schema says there.
_EXPECTED = {
    "additionalItems": "expected at most {limit} items",
    "contentEncoding": "expected {content_encoding} encoding",
    "contentMediaType": "expected the media type {content_media_type}",
    "exclusiveMaximum": "expected less than {limit}",
    "exclusiveMinimum": "expected more than {limit}",
    "falseSchema": "expected nothing here",
    "format": "expected the format {format}",
    "maxItems": "expected at most {limit} items",
    "maxLength": "expected at most {limit} characters",
    "maxProperties": "expected at most {limit} properties",
    "maximum": "expected at most {limit}",
    "minItems": "expected at least {limit} items",
    "minLength": "expected at least {limit} characters",
    "minProperties": "expected at least {limit} properties",
    "minimum": "expected at least {limit}",
    "multipleOf": "expected a multiple of {multiple_of}",
    "pattern": "expected a text that matches {pattern}",
    "required": "the property {property!r} is missing",
    "anyOf": "expected one of several alternatives, and it fits none",
    "contains": "expected other items in it, or another number of them: see `contains`",
    "not": "expected anything but what `not` names",
    "uniqueItems": "expected items that differ from each other",
}


def told(error: jsonschema_rs.ValidationError) -> str:
    """Returns what was expected instead."""
    keyword, said = error.kind.name, error.kind.as_dict()
    special = _SPECIAL.get(keyword)
    if special is not None:
        return special(error, said)
    return _EXPECTED.get(keyword, f"it does not fit `{keyword}`").format(**said)


def _type(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    return f"expected {' or '.join(said['types'])}, got {_TYPES.get(type(error.instance), 'null')}"


def _enum(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    return f"expected one of {_listed([_json(option) for option in said['options']])}"


def _const(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    return f"expected {_shown(_json(said['expected_value']))}"


def _unexpected(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    return f"the schema does not know {_listed([repr(name) for name in said['unexpected']])}"


def _one_of(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    fits = sum(not errors for errors in said["context"])
    return f"expected exactly one of several alternatives, and it fits {fits or 'none'}"


def _names(error: jsonschema_rs.ValidationError, said: dict[str, Any]) -> str:
    return f"a property has a name that is not allowed: {told(said['error'])}"


_SPECIAL: dict[str, Callable[[jsonschema_rs.ValidationError, dict[str, Any]], str]] = {
    "additionalProperties": _unexpected,
    "const": _const,
    "enum": _enum,
    "oneOf": _one_of,
    "propertyNames": _names,
    "type": _type,
    "unevaluatedItems": _unexpected,
    "unevaluatedProperties": _unexpected,
}


def _json(value: Json) -> str:
    return encode(value).decode()


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - SHOWN_MAX} more" if len(texts) > SHOWN_MAX else ""
    return ", ".join(_shown(text) for text in texts[:SHOWN_MAX]) + more


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"
