"""Holds: nothing from data steers the terminal (B-159), and colour follows the caller's wishes."""

from __future__ import annotations

import json

import pytest

from statewright.cli import terminal
from statewright.kernel.values import Secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x9b2J", "\\x9b2J"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("naïve ✔ 漢字", "naïve ✔ 漢字"),
    ],
)
def test_controls_are_written_as_escapes(text: str, shown: str) -> None:
    assert terminal.printable(text) == shown


@pytest.mark.parametrize("pretty", [True, False])
def test_json_is_safe_to_show_and_still_the_same_value(pretty: bool) -> None:
    value = {"\x1b[2J": ["\x9b1m", "a\nb", "\u202e", "ok ✔"], "n": [1, 1.5, None, True]}
    text = terminal.to_json(value, pretty=pretty)
    assert not terminal.UNSAFE.search(text.replace("\n", ""))
    assert json.loads(text) == value


def test_one_json_value_is_one_line_unless_it_is_for_people() -> None:
    assert "\n" not in terminal.to_json({"a": ["x\ny", {"b": 1}]})


def test_a_secret_is_shown_by_its_name() -> None:
    assert json.loads(terminal.to_json({"key": Secret("API_KEY")})) == {"key": {"$ref": "secret", "name": "API_KEY"}}


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "0ms"), (999, "999ms"), (1_900, "1.9s"), (184_000, "3m 04s"), (7_500_000, "2h 05m")]
)
def test_durations_read_as_people_say_them(ms: int, shown: str) -> None:
    assert terminal.duration(ms) == shown


def test_columns_align_and_data_in_them_is_escaped() -> None:
    text = terminal.table(("RUN", "NOTE"), [("run-1", "a\x1bb"), ("run-222", "")])
    assert text == "RUN      NOTE\nrun-1    a\\x1bb\nrun-222"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_a_pipe_gets_colour_only_where_it_is_forced(environ: dict[str, str], wanted: bool) -> None:
    assert terminal.coloured("stdout", environ) is wanted
