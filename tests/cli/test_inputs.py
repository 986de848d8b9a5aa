"""Holds: `-i` is typed by the schema, else like YAML; `--input` is JSON from the argument, a file or stdin."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.cli.inputs import read_input
from statewright.errors import StatewrightError
from statewright.kernel.schemas import compile_schema
from statewright.kernel.values import Json

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "score": {"type": "number"},
            "vip": {"type": "boolean"},
            "tags": {"type": "array"},
            "more": {"type": "object"},
            "either": {"type": ["string", "integer"]},
            "maybe": {"type": ["string", "null"]},
            "open": {},
        },
    }
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name=007", "007"),
        ("name=true", "true"),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("age=7", 7),
        ("score=7", 7),
        ("score=7.5", 7.5),
        ("vip=true", True),
        ('tags=["a", 1]', ["a", 1]),
        ('more={"a": null}', {"a": None}),
        ("either=7", 7),
        ("either=seven", "seven"),
        ("maybe=null", None),
        ("maybe=", ""),
        ("open=1.5", 1.5),
        ("unknown=yes", "yes"),
        ("unknown=true", True),
    ],
)
def test_a_field_has_the_type_that_the_schema_gives_it(field: str, value: Json) -> None:
    given = read_input("", [field], SCHEMA)
    assert given == {field.partition("=")[0]: value}
    assert type(next(iter(given.values()))) is type(value)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", 1), ("1.5", 1.5), ("null", None), ("no", "no"), ("1:30", "1:30")]
)
def test_without_a_schema_a_field_is_a_plain_scalar(text: str, value: Json) -> None:
    assert read_input("", [f"k={text}"], None) == {"k": value}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("age=seven", "INPUT_INVALID"),
        ("age=1.5", "INPUT_INVALID"),
        ("vip=1", "INPUT_INVALID"),
        ("tags=a,b", "INPUT_INVALID"),
        ("tags=[1,]", "JSON_INVALID"),
        ("name", "INPUT_INVALID"),
        ("=x", "INPUT_INVALID"),
        ("open=.nan", "NUMBER_NOT_FINITE"),
        ("name=a\udcff", "TEXT_INVALID_CHARACTER"),
    ],
)
def test_a_field_that_cannot_be_what_it_should_is_refused(field: str, code: str) -> None:
    with pytest.raises(StatewrightError) as refused:
        read_input("", [field], SCHEMA)
    assert refused.value.code == code
    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_a_field_given_twice_is_a_mistake() -> None:
    with pytest.raises(StatewrightError, match="INPUT_REPEATED: -i sets 'k' twice"):
        read_input("", ["k=1", "k=2"], None)


def test_fields_stand_above_the_whole_input(tmp_path: Path) -> None:
    file = tmp_path / "my input.json"
    file.write_text('{"a": 1, "b": 2}')
    assert read_input(f"@{file}", ["b=3"], None) == {"a": 1, "b": 3}


def test_fields_need_an_object_below_them() -> None:
    with pytest.raises(StatewrightError, match="--input is of type array"):
        read_input("[1]", ["b=3"], None)


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(StatewrightError, match="INPUT_UNREADABLE"):
        read_input(f"@{tmp_path / name}", [], None)
