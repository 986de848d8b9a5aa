"""JSON Schemas, compiled once: validation and defaults. Formats and `$ref`s stay inside the document (no I/O).

Source: JSON Schema 2020-12 as jsonschema-rs implements it; patterns run in linear time.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec

from statewright.kernel.values import Json

PROBLEMS_MAX = 10  # a person reads no more at once


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
            found.append(SchemaProblem(_path(error.instance_path), error.message))
            if len(found) == PROBLEMS_MAX:
                break
        return found

    def with_defaults(self, value: Json) -> Json:
        """Returns `value` with the defaults of missing properties filled in, recursively."""
        return _fill(self.document, value)


def compile_schema(document: dict[str, Json], id: str = "") -> Schema:
    """Returns the compiled schema; raises `ValueError` saying what is wrong with the document."""
    body = {key: item for key, item in document.items() if key != "id"}
    try:
        validator = jsonschema_rs.Draft202012Validator(
            body, validate_formats=True, offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise ValueError(str(getattr(error, "message", error))) from error
    return Schema(body, validator, id)


def _fill(document: Json, value: Json) -> Json:
    if not isinstance(document, dict) or not isinstance(value, dict):
        return value
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return value
    filled = dict(value)
    for name, inner in properties.items():
        if name in filled:
            filled[name] = _fill(inner, filled[name])
        elif isinstance(inner, dict) and "default" in inner:
            filled[name] = inner["default"]
    return filled


def _path(steps: list[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
