"""JSON Schemas, compiled once: validation and defaults. Formats and `$ref`s stay inside the document (no I/O).

Source: JSON Schema 2020-12 as jsonschema-rs implements it; patterns run in linear time.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec

from statewright.kernel.misfits import told
from statewright.kernel.values import Json

PROBLEMS_MAX = 10  # a person reads no more at once
# A default is looked for behind so many `$ref`s; a schema that contains itself has no end of them.
DEFAULTS_DEPTH = 64


class SchemaRefused(ValueError):
    """Raised for what is no JSON Schema; `path` leads to the part that is wrong, from the top."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class SchemaProblem(msgspec.Struct, frozen=True):
    """One thing wrong with a value: where (`$.a[0]`), and what."""

    path: str
    message: str


class Schema(msgspec.Struct, frozen=True):
    """A compiled schema. Build it with `compile_schema`."""

    document: dict[str, Json]
    validator: Any
    id: str = ""

    def problems(self, value: Json) -> list[SchemaProblem]:
        """Returns what is wrong with `value`, at most `PROBLEMS_MAX` things; nothing where it fits."""
        if self.validator.is_valid(value):
            return []
        found = []
        for error in self.validator.iter_errors(value):
            found.append(SchemaProblem(_path(error.instance_path), told(error)))
            if len(found) == PROBLEMS_MAX:
                break
        return found

    def with_defaults(self, value: Json) -> Json:
        """Returns `value` with the defaults of missing properties filled in, recursively.

        A missing object is made of its properties' defaults where it needs nothing else.
        """
        return _Defaults(self.document).filled(self.document, value, 0)


def compile_schema(document: dict[str, Json], id: str = "") -> Schema:
    """Returns the compiled schema; raises `SchemaRefused` saying what is wrong with the document, and where."""
    body = {key: item for key, item in document.items() if key not in ("id", "resource")}
    try:
        validator = jsonschema_rs.validator_for(
            body, validate_formats=True, offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        path = tuple(getattr(error, "instance_path", ()))
        raise SchemaRefused(str(getattr(error, "message", error)), path) from error
    return Schema(body, validator, id)


class _Defaults:
    """Fills values in by one schema; its `$ref`s are followed, its alternatives are not."""

    def __init__(self, root: dict[str, Json]) -> None:
        self._root = root

    def filled(self, schema: Json, value: Json, depth: int) -> Json:
        """Returns the value with what its object properties lack."""
        schema = self._followed(schema)
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not isinstance(value, dict) or depth > DEFAULTS_DEPTH:
            return value
        filled = dict(value)
        for name, inner in properties.items():
            if name in filled:
                filled[name] = self.filled(inner, filled[name], depth + 1)
            else:
                filled.update(self._missing(name, inner, depth))
        return filled

    def _missing(self, name: str, schema: Json, depth: int) -> dict[str, Json]:
        schema = self._followed(schema)
        if "default" in schema:
            return {name: schema["default"]}
        if schema.get("type") != "object":
            return {}
        made = self.filled(schema, {}, depth + 1)
        return {name: made} if made and set(schema.get("required", ())) <= made.keys() else {}

    def _followed(self, schema: Json) -> dict[str, Json]:
        for _ in range(DEFAULTS_DEPTH):
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            if not isinstance(reference, str) or not reference.startswith("#/"):
                break
            schema = {**self._at(reference), **{key: item for key, item in schema.items() if key != "$ref"}}
        return schema if isinstance(schema, dict) else {}

    def _at(self, pointer: str) -> dict[str, Json]:
        found: Json = self._root
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def _path(steps: list[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
