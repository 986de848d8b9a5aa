"""Conditions in a workflow's YAML: where they may stand, and mistakes at their place inside the text."""

from __future__ import annotations

import pytest

from tests.language.loading import errors, load_text, program_of, rendered

PROJECT = """
name: p
tasks:
  - id: first-one
    type: basic
    with: {{n: 1}}
  - id: route
    type: router
    condition: {condition}
    routes:
      a: {{id: x, type: basic, with: {{}}}}
      default: {{id: y, type: basic, with: {{}}}}
"""
COLLECTION = """
name: p
tasks:
  - id: each
    type: collection
    items: [1, 2]
    item_var: number
    filter: {filter}
    task: {{id: x, type: basic, with: {{}}}}
"""


def told(text: str) -> list[tuple[str, str]]:
    """Returns the code of each error, and what it is about."""
    loaded = load_text(text)
    lines = text.split("\n")
    return [
        (found.code, lines[found.line - 1][found.column - 1 : found.end_column - 1]) for found in loaded.diagnostics
    ]


def test_a_router_takes_a_condition_with_or_without_braces() -> None:
    bare = program_of(PROJECT.format(condition='\'tasks["first-one"].output.n > 0 ? "a" : "b"\''))
    braced = program_of(PROJECT.format(condition="'{{ .workflow.input.x }}'"))
    assert bare.nodes["route"].fields.condition.names == (("tasks", "first-one", "output", "n"),)
    assert braced.nodes["route"].fields.condition.names == (("workflow", "input", "x"),)


@pytest.mark.parametrize(
    ("condition", "wanted"),
    {
        "'workflow.input.a = 1'": ("EXPR_UNSUPPORTED", "="),
        '"workflow.input.a == \\"b\\" and true"': ("EXPR_SYNTAX", "and"),
        "'(workflow.input.a == 1'": ("EXPR_SYNTAX", "'"),
        "'wrkflow.input.a == 1'": ("REF_NOT_FOUND", "wrkflow"),
        "'tasks.nobody.output.a == 1'": ("REF_NOT_FOUND", "nobody"),
        "'workflow.inptu.a == 1'": ("REF_NOT_FOUND", "inptu"),
        "'size(tasks.first-one.output) > 0'": ("REF_NOT_FOUND", "tasks.first-one"),
        "'workflow.input.id == \"{{ .workflow.input.id }}\"'": (
            "TEMPLATE_NOT_ALLOWED_HERE", "{{ .workflow.input.id }}",
        ),
        "'{{ .workflow.input.n }} > 3'": ("TEMPLATE_NOT_ALLOWED_HERE", "{{ .workflow.input.n }}"),
        "'{{ .workflow.input.n'": ("EXPR_SYNTAX", "{{ .workflow.input.n"),
        "''": ("EXPR_SYNTAX", "'"),
        "true": ("TYPE_STRING", "true"),
    }.items(),
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(condition: str, wanted: tuple[str, str]) -> None:
    assert told(PROJECT.format(condition=condition))[:1] == [wanted]


def test_a_mistake_in_a_block_text_has_its_line() -> None:
    loaded = load_text(PROJECT.format(condition="|\n      workflow.input.a == 1 &&\n      sze(workflow.input.b) > 2"))
    assert errors(loaded) == ["EXPR_FUNCTION_UNKNOWN"], rendered(loaded)
    assert (loaded.diagnostics[0].line, loaded.diagnostics[0].column) == (11, 7)


def test_a_template_among_a_condition_is_refused_with_what_to_write() -> None:
    loaded = load_text(PROJECT.format(condition='\'"{{ .workflow.input.id }}" == "a"\''))
    assert "write workflow.input.id, without quotes and braces" in loaded.diagnostics[0].hint


@pytest.mark.parametrize(
    "text", ["pre-{{ .workflow.input.a }}", "{{ if eq .workflow.input.a 1 }}a{{ else }}b{{ end }}"]
)
def test_a_template_with_words_around_it_stays_one(text: str) -> None:
    assert errors(load_text(PROJECT.format(condition=f"'{text}'"))) == []


def test_a_hyphen_in_a_name_is_told_once_with_the_way_to_write_it() -> None:
    loaded = load_text(PROJECT.format(condition="tasks.first-one.output.n > 1"))
    assert [found.hint for found in loaded.diagnostics] == ['write tasks["first-one"]'], rendered(loaded)


def test_a_filter_sees_the_names_that_its_collection_gives() -> None:
    condition = program_of(COLLECTION.format(filter="number > 1 && index < 5 && item != 3")).nodes["each"].fields.filter
    assert condition.names == (("number",), ("index",), ("item",))


@pytest.mark.parametrize(
    ("condition", "wanted"),
    {
        "nmber > 1": ("REF_NOT_FOUND", "nmber"),
        "number + 1": ("EXPR_RESULT_TYPE", "number + 1"),
        "'{{ .number }} == 1'": ("TEMPLATE_NOT_ALLOWED_HERE", "{{ .number }}"),
    }.items(),
)
def test_a_filter_must_be_a_condition(condition: str, wanted: tuple[str, str]) -> None:
    assert told(COLLECTION.format(filter=condition)) == [wanted]
