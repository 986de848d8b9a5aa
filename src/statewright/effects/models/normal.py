"""Makes a JSON Schema plain before a value is fitted to it: `$ref` followed, `allOf` merged, alternatives listed.

It reads one document and nothing else. It aims at schemas that people write; what it misreads, validation catches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.kernel.values import Json

# Far above any answer; a schema that still requires more here requires itself.
DEPTH_MAX = 40
# References can double at each level; whoever needs more steps than this does not end.
STEPS_MAX = 20_000


class Unfit(Exception):
    """Raised where no value can be fitted; the message names the place."""


class Normal:
    """Normal forms of the schemas of one document; the steps are counted over all of them."""

    def __init__(self, root: dict[str, Json]) -> None:
        self._root = root
        self._steps = 0

    def of(self, schema: Json, depth: int = 0) -> dict[str, Any]:
        """Returns the schema without `$ref`, `allOf` and `if`; raises `Unfit` for one that nothing fits."""
        self._steps += 1
        if depth > DEPTH_MAX or self._steps > STEPS_MAX:
            raise Unfit("the schema requires itself, or more than an answer holds")
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            raise Unfit("nothing fits the schema `false`")
        plain = {key: value for key, value in schema.items() if key not in _REWRITTEN}
        for part in self._parts(schema):
            plain = _merged(plain, self.of(part, depth + 1))
        return plain

    def _parts(self, schema: dict[str, Json]) -> list[Json]:
        parts = list(schema.get("allOf") or [])
        if "$ref" in schema:
            parts.append(_target(schema["$ref"], self._root))
        if "if" in schema:
            parts += [schema["if"], schema.get("then", True)]
        return parts


def options(plain: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the alternatives of a plain schema, each with all that is around them; nothing where it has none."""
    for key in ("oneOf", "anyOf"):
        if plain.get(key):
            around = {name: value for name, value in plain.items() if name != key}
            return [{"allOf": [around, option]} for option in plain[key]]
    return []


def _target(pointer: Json, root: dict[str, Json]) -> Json:
    if not isinstance(pointer, str) or not pointer.startswith("#"):
        raise Unfit(f"the reference {pointer!r} leaves the document")
    found: Json = root
    for step in pointer[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            raise Unfit(f"the reference {pointer!r} points nowhere")
        found = found[key]
    return found


_REWRITTEN = ("allOf", "$ref", "if", "then", "else", "$defs", "definitions")


def _merged(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in two.items():
        merged[key] = _MERGES.get(key, _latter)(merged[key], value) if key in merged else value
    return merged


def _latter(one: Json, two: Json) -> Json:
    return two


def _properties(one: Json, two: Json) -> Json:
    return one | {key: {"allOf": [one[key], value]} if key in one else value for key, value in two.items()}


def _both(one: Json, two: Json) -> Json:
    return [item for item in one if item in two]


def _either(one: Json, two: Json) -> Json:
    return one + [item for item in two if item not in one]


def _each_with_each(one: Json, two: Json) -> Json:
    return [{"allOf": [first, second]} for first in one for second in two]


def _types(one: Json, two: Json) -> Json:
    ones, twos = (kind if isinstance(kind, list) else [kind] for kind in (one, two))
    common = [kind for kind in ones if kind in twos]
    if not common and {"number", "integer"} <= {*ones, *twos}:
        common = ["integer"]
    if not common:
        raise Unfit(f"nothing is both {one} and {two}")
    return common[0] if len(common) == 1 else common


# How two schemas' words for the same thing become one.
_MERGES: dict[str, Callable[[Json, Json], Json]] = {
    "properties": _properties,
    "required": _either,
    "enum": _both,
    "type": _types,
    "anyOf": _each_with_each,
    "oneOf": _each_with_each,
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
