"""Holds: schemas fill in what is missing, check formats, and take no longer for a value made to be slow."""

from __future__ import annotations

from typing import Any

import pytest

from statewright.kernel.schemas import SchemaRefused, compile_schema
from statewright.language.entities.schema_keywords import FORMATS

SIZE = {"type": "object", "properties": {"width": {"default": 1}, "unit": {"type": "string", "default": "m"}}}
NEEDY = {**SIZE, "required": ["name"]}
TREE = {"type": "object", "properties": {"n": {"default": 0}, "left": {"$ref": "#"}}}
DEFAULTS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "a missing property": ({"properties": {"a": {"default": [1]}}}, {}, {"a": [1]}),
    "a given one stays, null too": ({"properties": {"a": {"default": 1}}}, {"a": None}, {"a": None}),
    "inside what is given": ({"properties": {"s": SIZE}}, {"s": {"width": 2}}, {"s": {"width": 2, "unit": "m"}}),
    "a missing object of defaults": ({"properties": {"s": SIZE}}, {}, {"s": {"width": 1, "unit": "m"}}),
    "no object that would lack something": ({"properties": {"s": NEEDY}}, {}, {}),
    "an own default before its parts'": ({"properties": {"s": {**SIZE, "default": {}}}}, {}, {"s": {}}),
    "through a reference": (
        {"properties": {"s": {"$ref": "#/$defs/s"}}, "$defs": {"s": SIZE}},
        {},
        {"s": {"width": 1, "unit": "m"}},
    ),
    "a tree as deep as it is given": (TREE, {"left": {"n": 2}}, {"n": 0, "left": {"n": 2}}),
    "what is no object": ({"properties": {"a": {"default": 1}}}, [1], [1]),
}
MISFITS = dict.fromkeys(FORMATS, "x y {") | {"uri-reference": "http://[", "iri-reference": "\\\\", "regex": "("}
PROPERTY = "a property has a name that is not allowed: expected at most 1 characters"
OLD = {"$schema": "http://json-schema.org/draft-07/schema#"}
# A schema, what misses it, and what is said.
SAID: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": ["string", "null"]}, 7, "expected null or string, got integer"),
    ({"type": "integer"}, None, "expected integer, got null"),
    ({"type": "array"}, "s3cret", "expected array, got string"),
    ({"enum": [1, {"a": 1}]}, "s3cret", 'expected one of 1, {"a":1}'),
    ({"const": 4}, "s3cret", "expected 4"),
    ({"required": ["z"]}, {"a": "s3cret"}, "the property 'z' is missing"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": "s3cret"}, "the property 'b' is missing"),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"b": "s3cret"}, "the schema does not know 'b'"),
    ({"additionalProperties": False}, {"b": "s3cret"}, "expected nothing here"),
    ({"unevaluatedProperties": False}, {"b": "s3cret"}, "the schema does not know 'b'"),
    ({"unevaluatedItems": False}, [1], "the schema does not know '1'"),
    ({**OLD, "items": [{}], "additionalItems": False}, [1, "s3cret"], "expected at most 1 items"),
    ({"propertyNames": {"maxLength": 1}}, {"s3cret": 1}, PROPERTY),
    ({"anyOf": [{"type": "null"}]}, "s3cret", "expected one of several alternatives, and it fits none"),
    ({"oneOf": [False]}, "s3cret", "expected exactly one of several alternatives, and it fits none"),
    ({"oneOf": [{}, {}]}, "s3cret", "expected exactly one of several alternatives, and it fits 2"),
    ({"not": {}}, "s3cret", "expected anything but what `not` names"),
    ({"minimum": 3}, 2, "expected at least 3"),
    ({"exclusiveMinimum": 3}, 3, "expected more than 3"),
    ({"maximum": 3}, 4, "expected at most 3"),
    ({"exclusiveMaximum": 3}, 3, "expected less than 3"),
    ({"multipleOf": 2}, 3, "expected a multiple of 2"),
    ({"minLength": 9}, "s3cret", "expected at least 9 characters"),
    ({"maxLength": 3}, "s3cret", "expected at most 3 characters"),
    ({"pattern": "^a$"}, "s3cret", "expected a text that matches ^a$"),
    ({"format": "date"}, "s3cret", "expected the format date"),
    ({"minItems": 2}, ["s3cret"], "expected at least 2 items"),
    ({"maxItems": 0}, ["s3cret"], "expected at most 0 items"),
    ({"uniqueItems": True}, ["s3cret", "s3cret"], "expected items that differ from each other"),
    ({"contains": {"const": 1}}, ["s3cret"], "expected other items in it, or another number of them: see `contains`"),
    ({"minProperties": 2}, {"a": "s3cret"}, "expected at least 2 properties"),
    ({"maxProperties": 0}, {"a": "s3cret"}, "expected at most 0 properties"),
]


@pytest.mark.parametrize("case", DEFAULTS)
def test_defaults_fill_in_what_is_missing(case: str) -> None:
    document, value, expected = DEFAULTS[case]
    assert compile_schema(document).with_defaults(value) == expected


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_checked(name: str) -> None:
    assert compile_schema({"format": name}).problems(MISFITS[name]) != []


def test_what_is_no_schema_is_refused_with_its_place() -> None:
    with pytest.raises(SchemaRefused) as refused:
        compile_schema({"properties": {"a": {"minLength": "x"}}})
    assert refused.value.path == ("properties", "a", "minLength")


def test_an_older_draft_means_what_it_meant() -> None:
    draft = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert compile_schema(draft).problems([1]) != []
    assert compile_schema(draft).problems(["a", 1]) == []


@pytest.mark.parametrize(("schema", "value", "said"), SAID)
def test_what_does_not_fit_is_told_in_our_words_and_not_repeated(schema: dict[str, Any], value: Any, said: str) -> None:
    (problem,) = compile_schema(schema).problems(value)
    assert problem.message == said
    assert "s3cret" not in problem.message


def test_long_lists_and_words_are_cut() -> None:
    (problem,) = compile_schema({"enum": ["x" * 100, *range(20)]}).problems(None)
    assert problem.message == f'expected one of "{"x" * 59}…, 0, 1, 2, 3, 4, 5, 6 and 13 more'
