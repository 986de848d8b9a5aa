"""JSON Schemas of a definition: their keywords are checked here, at their places; what they mean is the kernel's.

Source: workflows.md 2.8 and reliability.md B-045..B-048.
"""

from __future__ import annotations

from statewright.kernel.schemas import Schema, compile_schema
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.marks import At, List, Map, bare
from statewright.language.yaml.reading import Reader

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
# Keywords by what they hold: a schema, a list of schemas, a map of schemas, or anything else.
_SCHEMA = (
    "items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "additionalItems", "contentSchema",
)  # fmt: skip
_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_OTHER = (
    "$schema", "$id", "$ref", "$anchor", "$comment", "$dynamicRef", "$dynamicAnchor", "id", "resource", "title",
    "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "nullable",
    "type", "enum", "const", "format", "pattern", "contentEncoding", "contentMediaType",
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "minContains", "maxContains",
    "minProperties", "maxProperties", "required", "dependentRequired", "dependencies",
)  # fmt: skip
KEYWORDS = frozenset((*_SCHEMA, *_SCHEMAS, *_SCHEMA_MAPS, *_OTHER))


def read_schema(at: At, known: dict[str, Schema], reader: Reader) -> Schema | None:
    """Returns a schema written in place, or the one that a text names."""
    if isinstance(at.value, str):
        found = known.get(at.value)
        if found is None:
            hint = did_you_mean(at.value, known, listed="schemas")
            reader.problems.error("SCHEMA_UNKNOWN", f"there is no schema {at.value!r}", at, hint=hint)
        return found
    if not isinstance(at.value, Map):
        reader.problems.error("TYPE_MAP", "a schema is a map, or the id of one", at)
        return None
    if set(at.value) == {"id"}:
        entry = at.get("id")
        return None if entry is None else read_schema(entry, known, reader)
    if not _checked(at, reader):
        return None
    try:
        return compile_schema(bare(at.value), str(at.value.get("id") or ""))
    except ValueError as error:
        reader.problems.error("SCHEMA_INVALID", f"this is not a JSON Schema: {error}", at)
        return None


def _checked(at: At, reader: Reader) -> bool:
    """Returns whether the keywords are right, all the way down; goes on after the first that is not."""
    if isinstance(at.value, bool):
        return True
    if not isinstance(at.value, Map):
        reader.problems.error("TYPE_MAP", "a schema is a map here", at, hint="as in `{ type: string }`")
        return False
    return not [key for key, entry in at.entries() if not _keyword(key, entry, reader)]


def _keyword(key: str, at: At, reader: Reader) -> bool:
    if key in _SCHEMA_MAPS and isinstance(at.value, Map):
        return not [key for key, entry in at.entries() if not _checked(entry, reader)]
    if key in _SCHEMAS and isinstance(at.value, List):
        return not [element for element in at.elements() if not _checked(element, reader)]
    if key in _SCHEMA:
        elements = list(at.elements()) if isinstance(at.value, List) else [at]
        return not [element for element in elements if not _checked(element, reader)]
    if key == "type":
        return _type(at, reader)
    if key == "$ref":
        return _reference(at, reader)
    if key in KEYWORDS or key.startswith("x-"):
        return True
    hint = did_you_mean(key, KEYWORDS) or "properties of an object are listed under `properties`"
    reader.problems.key("KEY_UNKNOWN", f"a schema has no keyword {key!r}", at, hint=hint)
    return False


def _type(at: At, reader: Reader) -> bool:
    named = list(at.elements()) if isinstance(at.value, List) else [at]
    for one in named:
        if one.value not in TYPES:
            hint = did_you_mean(str(one.value), TYPES, listed="types")
            reader.problems.error("SCHEMA_INVALID", f"there is no type {one.value!r}", one, hint=hint)
            return False
    return True


def _reference(at: At, reader: Reader) -> bool:
    if at.value == "#":
        reader.problems.error("SCHEMA_RECURSIVE", "a schema cannot be its own part", at)
        return False
    if isinstance(at.value, str) and at.value.startswith("#"):
        return True
    hint = "copy what it names under $defs, and refer to it as #/$defs/…"
    reader.problems.error("SCHEMA_REMOTE_REF_FORBIDDEN", "a schema refers to nothing outside itself", at, hint=hint)
    return False
