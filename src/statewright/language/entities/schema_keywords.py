"""The keywords of JSON Schema and what each holds: the grammar that `schemas` reads by.

Source: JSON Schema 2020-12. What only older drafts have is read where `$schema` names one of them.
"""

from __future__ import annotations

from typing import Literal

Holds = Literal[
    "schema", "schemas", "schema map", "schema or list", "natural", "number", "text", "boolean", "names", "name lists",
    "list", "type", "pattern", "format", "reference", "anything",
]  # fmt: skip

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
# What the validator checks; any other format is a remark for readers.
FORMATS = (
    "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "regex", "json-pointer", "relative-json-pointer",
)  # fmt: skip
# Parts of a schema that see the very value that the schema sees, and those that see a part of it.
IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
OBJECT_PARTS = ("properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties")
ARRAY_PARTS = ("prefixItems", "items", "additionalItems", "contains", "unevaluatedItems")

# Keywords that say something about one kind of value, and nothing about any other.
ABOUT: dict[str, str] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"), "array"),
    **dict.fromkeys(("properties", "patternProperties", "additionalProperties", "required"), "object"),
    **dict.fromkeys(("minProperties", "maxProperties", "propertyNames", "dependentRequired"), "object"),
}
# What only drafts before 2019-09 mean by these words, and what is written instead.
OLD = {
    "additionalItems": "write `prefixItems` for the first elements, and `items` for the rest",
    "dependencies": "write `dependentRequired` or `dependentSchemas`",
    "nullable": 'write `type: [string, "null"]`',
}


def _all(holds: Holds, *names: str) -> dict[str, Holds]:
    return dict.fromkeys(names, holds)


KEYWORDS: dict[str, Holds] = {
    **_all("schema", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"),
    **_all("schema", "unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema"),
    **_all("schema or list", "items"),
    **_all("schemas", "allOf", "anyOf", "oneOf", "prefixItems"),
    **_all("schema map", "properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
    **_all("natural", "minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"),
    **_all("natural", "minProperties", "maxProperties"),
    **_all("number", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    **_all("text", "$schema", "$id", "$anchor", "$comment", "id", "resource", "title", "description"),
    **_all("text", "contentEncoding", "contentMediaType"),
    **_all("boolean", "uniqueItems", "deprecated", "readOnly", "writeOnly", "nullable"),
    **_all("names", "required"),
    **_all("name lists", "dependentRequired"),
    **_all("list", "enum", "examples"),
    **_all("anything", "const", "default", "example", "dependencies"),
    "type": "type",
    "pattern": "pattern",
    "format": "format",
    "$ref": "reference",
}
