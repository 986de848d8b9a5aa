"""The simulated model: one answer per question for ever, in any process, fitting the schema, saying that it is fake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from statewright.effects.models.normal import Unfit
from statewright.effects.models.simulated import Simulated, answer
from statewright.effects.performer import Answer, Refusal
from statewright.kernel.schemas import compile_schema
from statewright.kernel.values import Json
from tests.effects.performing import model_call, perform, work

SUPPORT = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["technical", "billing", "general", "escalation"]},
        "subcategory": {"type": "string"},
        "urgency": {"type": "string", "enum": ["low", "medium", "high", "critical"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "requires_human": {"type": "boolean"},
    },
}


def asked(text: str) -> list[dict[str, Json]]:
    return [{"role": "system", "content": "You classify."}, {"role": "user", "content": text}]


async def test_an_answer_has_the_one_shape_and_says_that_it_is_simulated() -> None:
    outcome = await perform(Simulated(), model_call("Say hello to Alice", provider="simulated"), work())
    assert isinstance(outcome, Answer)
    assert outcome.simulated
    assert outcome.value["content"].startswith("[simulated] ")
    assert "alice" in outcome.value["content"]
    assert {**outcome.value, "content": ""} == {
        "content": "", "object": None, "provider": "simulated", "model": "m", "finish": "stop",
    }  # fmt: skip
    assert outcome.usage["input_tokens"] == 5
    assert outcome.usage["output_tokens"] > 5


async def test_a_schema_is_answered_with_an_object_and_its_text() -> None:
    outcome = await perform(Simulated(), model_call("Hello", schema=SUPPORT), work())
    assert isinstance(outcome, Answer)
    assert list(outcome.value["object"]) == list(SUPPORT["properties"])
    assert json.loads(outcome.value["content"]) == outcome.value["object"]


async def test_json_mode_without_a_schema_is_answered_with_an_object() -> None:
    outcome = await perform(Simulated(), model_call("Hello", json_mode=True), work())
    assert isinstance(outcome, Answer)
    assert list(outcome.value["object"]) == ["response"]


async def test_a_schema_that_nothing_fits_is_refused_clearly() -> None:
    schemas: list[Json] = [{"type": "string", "not": {}}, {"enum": []}, {"type": "nonsense"}, {"$ref": "https://x/y"}]
    for schema in schemas:
        outcome = await perform(Simulated(), model_call("Hello", schema=schema), work())
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.left) == ("SCHEMA_NOT_SIMULATED", False)


def test_messages_schema_and_seed_decide_and_nothing_else_is_seen() -> None:
    first = answer(asked("Hello"), SUPPORT, "a")
    assert first == answer(asked("Hello"), SUPPORT, "a")
    assert len({str(answer(asked("Hello"), SUPPORT, str(seed))) for seed in range(20)}) > 10
    assert len({str(answer(asked(f"Hello {n}"), None, "a")) for n in range(20)}) > 1


def test_the_id_of_a_schema_changes_nothing() -> None:
    assert answer(asked("Hello"), {"id": "a", **SUPPORT}, "s") == answer(asked("Hello"), {"id": "b", **SUPPORT}, "s")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("My billing is wrong", "billing"),
        ("I was billed twice", "billing"),
        ("Please escalate this", "escalation"),
        ("We have TECHNICAL problems", "technical"),
        ("It generates nothing but technical trouble", "technical"),
    ],
)
def test_the_words_of_the_question_choose_among_enum_values_with_confidence(text: str, category: str) -> None:
    for seed in range(10):
        value = answer(asked(text), SUPPORT, str(seed))
        assert value["category"] == category
        assert value["confidence"] > 0.8


def test_a_question_that_decides_nothing_is_answered_with_less_confidence() -> None:
    values = [answer(asked("Hello there"), SUPPORT, str(seed)) for seed in range(40)]
    assert {value["category"] for value in values} == {"technical", "billing", "general", "escalation"}
    assert max(value["confidence"] for value in values) <= 0.8


def test_texts_repeat_words_of_the_question() -> None:
    schema = {"type": "object", "properties": {"suggested_fix": {"type": "string"}}}
    value = answer(asked("printer offline"), schema, "s")
    assert value["suggested_fix"].startswith("Suggested fix about ")
    assert {"printer", "offline"} & set(value["suggested_fix"].split())


PROGRAM = """
import json, sys
from statewright.effects.models.simulated import answer
print(json.dumps([answer(m, s, seed) for m, s, seed in json.load(sys.stdin)]))
"""


def test_another_process_with_another_hash_seed_gives_the_same_answers() -> None:
    questions: list[Any] = [[asked(f"question {n}"), schema, str(n)] for n in range(5) for schema in (None, SUPPORT)]
    source = Path(__file__).parents[2] / "src"
    answers = []
    for hash_seed in ("1", "2"):
        around = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": str(source),
            "LC_ALL": "C",
            "TZ": "Asia/Tokyo",
        }
        command = [sys.executable, "-c", PROGRAM]
        printed = subprocess.run(
            command, input=json.dumps(questions).encode(), env=around, stdout=-1, check=True
        ).stdout
        answers.append(json.loads(printed))
    assert answers[0] == answers[1] == [answer(*question) for question in questions]


SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "minLength": 40, "maxLength": 60},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": "^[A-Z]{2}-\\d{3,5}(x|yz)?$"},
    {"type": "string", "pattern": "^(?:a|b)+[^a-z]$", "minLength": 20},
    {"type": "string", "pattern": "\\S+@\\w+\\.com"},
    {"type": "integer", "minimum": 1, "maximum": 10},
    {"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 6},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    {"type": "number", "maximum": -5},
    {"type": "number", "minimum": 1e300},
    {"type": "number", "multipleOf": 0.1, "minimum": 0.3, "maximum": 0.7},
    {"type": "integer", "multipleOf": 7, "minimum": 20},
    {"type": ["null", "integer"]},
    {"type": "null"},
    {"const": {"a": [1]}},
    {"enum": [None, 1, "x"]},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 5},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
    {"type": "array", "contains": {"const": 3}},
    {"type": "array", "maxItems": 0},
    {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}}},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"no": False, "yes": True}},
    {"properties": {"a": {"minimum": 3}}, "required": ["a"]},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"minimum": 50}}}]},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 1_000}]},
    {"type": "object", "required": ["kind"], "oneOf": [
        {"properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["x"]},
        {"properties": {"kind": {"const": "b"}, "y": {"type": "string"}}, "required": ["y"]},
    ]},
    {"type": "integer", "minimum": 0, "maximum": 3, "not": {"const": 2}},
    {"type": "object", "properties": {"k": {"enum": ["a", "b"]}}, "required": ["k"],
     "if": {"properties": {"k": {"const": "a"}}}, "then": {"required": ["z"]}},
    {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {
        "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}},
    {"$defs": {"a/b": {"type": "integer"}}, "type": "object", "properties": {"x": {"$ref": "#/$defs/a~1b"}}},
    {"examples": ["one", "two"], "type": "string"},
]  # fmt: skip
FORMATS = ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid", "json-pointer"]


@pytest.mark.parametrize("schema", SCHEMAS + [{"type": "string", "format": name} for name in FORMATS])
def test_every_keyword_that_people_use_is_fitted(schema: dict[str, Any]) -> None:
    for seed in range(5):
        value = answer(asked("größe 漢字 of things"), schema, str(seed))
        assert compile_schema(schema).problems(value) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["a", "b"]},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "pattern": "((a{1000}){1000}){1000}"},
        {"type": "string", "pattern": "(?=a)b"},
        {"type": "number", "minimum": 1e308, "multipleOf": 1e-5},
        {"type": "integer", "minimum": 2, "maximum": 1},
    ],
)
def test_a_schema_that_cannot_be_filled_in_ends_quickly(schema: dict[str, Any]) -> None:
    with pytest.raises((Unfit, ValueError, ArithmeticError)):
        answer(asked("x"), schema, "s")


names = some.text("abc_-", min_size=1, max_size=4)
numbers = some.integers(-1_000, 1_000)
sizes = some.integers(0, 80)
leaves: some.SearchStrategy[Any] = some.one_of(
    some.just({"type": "boolean"}),
    some.just({"type": "null"}),
    some.builds(lambda a, b: {"type": "integer", "minimum": min(a, b), "maximum": max(a, b)}, numbers, numbers),
    some.builds(lambda a, b: {"type": "number", "minimum": min(a, b), "maximum": max(a, b)}, numbers, numbers),
    some.builds(lambda a, b: {"type": "string", "minLength": a, "maxLength": a + b}, sizes, sizes),
    some.builds(lambda values: {"enum": values}, some.lists(some.text(max_size=5) | numbers, min_size=1, max_size=4)),
    some.builds(lambda value: {"const": value}, some.none() | numbers | some.text(max_size=5)),
    some.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
)


def containers(inner: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    properties = some.dictionaries(names, inner, max_size=4)
    return some.one_of(
        some.builds(lambda items, n: {"type": "array", "items": items, "minItems": n}, inner, some.integers(0, 4)),
        properties.map(lambda found: {"type": "object", "properties": found, "required": list(found)}),
        properties.map(lambda found: {"type": "object", "properties": found, "additionalProperties": False}),
        some.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        inner.map(lambda item: {"allOf": [item]}),
        inner.map(lambda item: {"$defs": {"x": item}, "type": "object", "properties": {"a": True}}),
    )


@settings(max_examples=200)
@given(schema=some.recursive(leaves, containers, max_leaves=12), text=some.text(max_size=80), seed=names)
def test_whatever_can_be_composed_is_fitted(schema: dict[str, Any], text: str, seed: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return
    value = answer(asked(text), schema, seed)
    assert compile_schema(schema).problems(value) == []
    assert value == answer(asked(text), schema, seed)
