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
