"""Holds: input is strict JSON, and what is wrong with it is told with its place."""

from __future__ import annotations

import pytest

from statewright.cli.strict_json import INPUT_BYTES_MAX, read_json
from statewright.errors import StatewrightError


def test_json_is_read_as_it_stands() -> None:
    assert read_json(b'{"a": [1, -2.5, "\\u00e4", true, null], "b": {}}', "x") == {
        "a": [1, -2.5, "ä", True, None],
        "b": {},
    }


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    assert read_json(b'\xef\xbb\xbf{"a":\r\n1}', "x") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"a": 1,\n  "b": NaN}', "NUMBER_NOT_FINITE", "x:2:8:"),
        ('[1, -Infinity, "NaN"]', "NUMBER_NOT_FINITE", "x:1:5:"),
        ('{"a": "NaN",\n "b": [1e999]}', "NUMBER_NOT_FINITE", "x:2:8:"),
        ('{"n": 9007199254740993}', "NUMBER_TOO_LARGE", "x:1:7:"),
        ("[" + "9" * 5_000 + "]", "NUMBER_TOO_LARGE", "x:1:2:"),
        ('{"a": {"k": 1}, "k": 2,\n "\\u006b": 3}', "JSON_DUPLICATE_KEY", "x:2:2:"),
        ('{"o": {"k": "k", "x": "k",\n  "k": 1}}', "JSON_DUPLICATE_KEY", "x:2:3:"),
        ("{'a': 1}", "JSON_INVALID", "x:1:2:"),
        ('{"a": 1,}', "JSON_INVALID", "x:1:"),
        ('{"a": 1} {}', "JSON_INVALID", "x:1:10:"),
        ('"a\nb"', "JSON_INVALID", "x:1:3:"),
        ("", "JSON_INVALID", "x:1:1:"),
        ('"\\ud800"', "TEXT_INVALID_CHARACTER", "x:"),
        ("[" * 100 + "]" * 100, "VALUE_DEPTH_LIMIT", "x:"),
        ("[" * 100_000, "VALUE_DEPTH_LIMIT", "x:"),
    ],
)
def test_what_is_no_strict_json_is_refused_with_its_place(text: str, code: str, place: str) -> None:
    with pytest.raises(StatewrightError) as refused:
        read_json(text.encode(), "x")
    assert refused.value.code == code
    assert refused.value.message.startswith(place)
    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(StatewrightError, match="TEXT_NOT_UTF8: x: byte 1"):
        read_json(b'"\xff"', "x")


def test_an_input_has_a_limit() -> None:
    with pytest.raises(StatewrightError, match="INPUT_TOO_LARGE"):
        read_json(b" " * (INPUT_BYTES_MAX + 1), "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a value is missing here"),
        ("{a: 1}", "a key in double quotes is missing here"),
        ('{"a" 1}', "a ':' is missing here"),
        ("[1 2]", "a ',' is missing here"),
        ("1 2", "the value ended before this"),
        ('"a', "the quote that opens here is never closed"),
        ('"a\nb"', "a line or a control character cannot stand in a text"),
        ('"\\q"', "there is no such escape"),
        ('"\\u12"', "there is no such escape"),
    ],
)
def test_a_slip_is_told_in_words_of_ours(text: str, said: str) -> None:
    with pytest.raises(StatewrightError) as refused:
        read_json(text.encode(), "x")
    assert refused.value.message.endswith(f": {said}")
