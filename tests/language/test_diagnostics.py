"""How a diagnostic is shown, and what counts as meant."""

from __future__ import annotations

import pytest

from statewright.language.diagnostics.cascades import without_consequences
from statewright.language.diagnostics.diagnostic import (
    SHOWN_COLUMNS_MAX,
    Diagnostic,
    did_you_mean,
    meant,
    near,
    render,
)
from statewright.language.diagnostics.edits import Edit, applied, edit_of, placed, quoted
from statewright.language.marks import Source
from statewright.language.yaml.source import read_source
from tests.language.loading import errors, load_text

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


@pytest.mark.parametrize(
    ("word", "candidates", "edit"),
    [
        ("tsks", ["tasks", "name"], "tasks"),
        ("Greeter", ["greeter"], "greeter"),
        ("step1", ["step2"], None),
        ("gpt-4", ["gpt-4-turbo", "gpt-4o"], None),
        ("search", ["search_web"], None),
        ("a", ["b"], None),
        ("jsn", ["js"], None),
    ],
)
def test_advice_is_an_edit_where_nothing_else_can_be_meant(word: str, candidates: list[str], edit: str | None) -> None:
    assert [one.text for one in meant(word, candidates).fix] == ([edit] if edit else [])


def test_a_candidate_that_is_there_already_is_named_and_not_written() -> None:
    advice = meant("nmae", ["name"], taken=["name"])
    assert (advice.hint, advice.fix) == ("did you mean 'name'?", ())


@pytest.mark.parametrize(
    ("text", "quoted_text"),
    [("1.0", '"1.0"'), ('say "hi"', "'say \"hi\"'"), ('it\'s "so"', "'it''s \"so\"'"), (r"a\b", r"'a\b'")],
)
def test_a_quoted_text_is_the_same_text(text: str, quoted_text: str) -> None:
    assert quoted(text) == quoted_text
    document, problems = read_source(f"a: {quoted_text}\n".encode(), "f.yaml")
    assert document is not None
    assert (document.value, problems) == ({"a": text}, ())


@pytest.mark.parametrize(
    ("line", "old", "expected"),
    [
        ("a: aks", "aks", "a: ask"),
        ('a: "x aks y"', "aks", 'a: "x ask y"'),
        ("a: aks aks", "aks", None),
        ("a: &shared aks", "aks", None),
        ("a: aksed", "aks", None),
    ],
)
def test_an_edit_is_placed_where_its_word_stands_once(line: str, old: str, expected: str | None) -> None:
    source = Source("f.yaml", line)
    edits = placed((Edit(old=old, text="ask"),), source, 3, len(line))
    assert applied({"f.yaml": line}, [edits]) == ({"f.yaml": expected} if expected else {})


def test_a_fix_is_made_whole_or_not_at_all() -> None:
    text = "one two three"
    source = Source("f.yaml", text)
    both = (edit_of(source, 0, 3, "1"), edit_of(source, 8, 13, "3"))
    overlapping = (edit_of(source, 4, 7, "2"), edit_of(source, 8, 13, "drei"))
    assert applied({"f.yaml": text}, [both, overlapping]) == {"f.yaml": "1 two 3"}
    assert applied({"f.yaml": "one 2 three!"}, [both]) == {}


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("a:\n\tb: 1\n", "a:\n  b: 1\n"),
        ("a:\n  b: 1\n\tc: 2\n  d: 3\n", "a:\n  b: 1\n  c: 2\n  d: 3\n"),
        ("a:\n  b: 1\n\tc: 2\n", None),
        ("a: {{ .x }} and more # why\n", 'a: "{{ .x }} and more" # why\n'),
        ("a: { b: {{ .x }}, c: 1 }\n", 'a: { b: "{{ .x }}", c: 1 }\n'),
        ('a: {{ "it\'s" }}\n', "a: '{{ \"it''s\" }}'\n"),
        ('a: "open\nb: "closed"\n', 'a: "open"\nb: "closed"\n'),
        ("a: 'open\nb: 'closed'\n", "a: 'open'\nb: 'closed'\n"),
    ],
)
def test_a_text_that_is_no_yaml_is_mended_where_one_reading_is_left(broken: str, mended: str | None) -> None:
    _, problems = read_source(broken.encode(), "f.yaml")
    made = applied({"f.yaml": broken}, [one.fix for one in problems])
    assert made == ({"f.yaml": mended} if mended else {})
    if mended:
        assert read_source(mended.encode(), "f.yaml")[1] == ()


def test_what_only_follows_from_another_mistake_is_left_out() -> None:
    slip = Diagnostic(code="KEY_UNKNOWN", message="no 'di'", file="f", path="/tasks/0/di", line=3, meant=("id",))
    follows = Diagnostic(code="FIELD_MISSING", message="needs 'id'", file="f", path="/tasks/0", line=2, meant=("id",))
    dangling = Diagnostic(code="REF_NOT_FOUND", message="no task 'a'", file="f", path="/outputs/x", line=9)
    other = Diagnostic(code="RANGE", message="too large", file="f", path="/x", line=10)
    assert without_consequences((follows, slip, dangling, other)) == (slip, other)
    assert without_consequences((follows, dangling)) == (follows,)


def test_a_name_that_is_nowhere_is_told_once_with_all_its_lines() -> None:
    places = [Diagnostic(code="REF_NOT_FOUND", message="no 'a'", file="f", path=f"/{n}", line=n) for n in (3, 5, 8)]
    (one,) = without_consequences(places)
    assert (one.line, one.message) == (3, "no 'a' (also in lines 5, 8)")


def test_no_number_of_warnings_hides_an_error() -> None:
    loaded = load_text("name: p\ntasks:\n  - {id: a, type: basc}\n" + "".join(f"k{n}: 1\n" for n in range(1_200)))
    assert errors(loaded) == ["TASK_TYPE_UNKNOWN"]


def test_a_text_without_end_is_quoted_in_part() -> None:
    (found,) = load_text(f"name: {'a' * 90_000}\ntasks:\n  - {{id: a, with: {{x: 1}}}}\n").diagnostics
    assert (found.code, len(found.message) < 2_000) == ("ID_INVALID", True)


def test_no_message_quotes_a_key_in_clear() -> None:
    key = "sk-proj-" + "x" * 30
    text = (
        f"name: p\n{key}: 1\nmodels: [{{provider: simulated, model: m, temperature: {key}}}]\n"
        f"runtime: {{type: {key}}}\nschemas: [{{id: s, type: {key}, required: {key}}}]\n"
        f"policies: [every path to {key} passes {key}]\n"
        f"tasks:\n  - {{id: {key}, agent: {key}, on_success: {{next: {key}}}, with: {{x: '{{{{ {key} }}}}'}}}}\n"
    )
    found = load_text(text).diagnostics
    assert len(found) > 5
    assert [one for one in found if key in str(one)] == []
