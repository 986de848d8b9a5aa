"""How a diagnostic is shown, and what counts as meant."""

from __future__ import annotations

import pytest

from statewright.language.diagnostics.diagnostic import SHOWN_COLUMNS_MAX, Diagnostic, did_you_mean, near, render

SOURCE = "a: 1\ntasks:\n\t- id: x\n"


def at(line: int, column: int, end_column: int, **facts: str) -> Diagnostic:
    place = {"file": "f.yaml", "line": line, "column": column, "end_column": end_column}
    return Diagnostic(code="CODE", message="what", **place, **facts)  # type: ignore[arg-type]


def test_a_diagnostic_shows_its_line_with_a_caret_and_the_way_out() -> None:
    assert render(at(2, 1, 6, hint="do this"), SOURCE) == (
        "CODE  what\n  --> f.yaml:2:1\n    2 | tasks:\n      | ^^^^^\n   help: do this"
    )


def test_a_warning_says_that_it_is_one() -> None:
    assert render(at(1, 1, 2, severity="warning"), SOURCE).startswith("warning CODE  what\n")


def test_a_problem_with_a_whole_file_names_the_file() -> None:
    assert render(Diagnostic(code="CODE", message="what", file="f.yaml"), "") == "CODE  what\n  --> f.yaml"


def test_a_tab_is_one_column_and_nothing_moves_the_terminal() -> None:
    shown = render(at(3, 4, 6), SOURCE)
    assert shown.split("\n")[2:] == ["    3 |  - id: x", "      |    ^^"]
    assert "\x1b" not in render(at(1, 1, 2), "a: \x1b[2J\n")
    assert "\x1b" not in render(Diagnostic(code="CODE", message="\x1b[31mred"), "")


def test_a_long_line_is_shown_around_its_caret() -> None:
    line = "x" * 300 + "HERE" + "x" * 300
    shown = render(at(1, 301, 305), line).split("\n")
    assert len(shown[2]) < SHOWN_COLUMNS_MAX + 12
    start = shown[3].index("^")
    assert shown[2][start : start + 4] == "HERE"


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("tsks", ["tasks", "tools", "name"], ["tasks"]),
        ("clasify_request", ["classify_request", "request"], ["classify_request"]),
        ("gpt-4", ["gpt-4-turbo", "gpt-4o", "claude"], ["gpt-4o", "gpt-4-turbo"]),
        ("retrys", ["retries", "resource"], ["retries"]),
        ("teh", ["the"], ["the"]),
        ("Greeter", ["greeter"], ["greeter"]),
        ("groups", ["outputs", "tools"], []),
        ("services", ["server", "memories"], []),
    ],
)
def test_near_finds_what_was_meant_and_nothing_else(word: str, candidates: list[str], expected: list[str]) -> None:
    assert near(word, candidates) == expected


def test_a_hint_names_what_was_meant_else_what_there_is() -> None:
    assert did_you_mean("tsks", ["tasks"]) == "did you mean 'tasks'?"
    assert did_you_mean("zzz", ["a", "b"], listed="choices") == "choices: a, b"
    assert did_you_mean("zzz", ["a", "b"]) == ""
    assert did_you_mean("zzz", [str(n) for n in range(20)], listed="there are").endswith("8, 9, …")
