"""What a signal must carry to start a workflow."""

from __future__ import annotations

from tests.language.loading import errors, load_text, rendered

PROJECT = """
name: p
schemas: [{id: s, type: object, required: [n]}]
triggers: [{type: signal, name: go, schema: %s}, {type: signal, name: any}]
tasks: [{id: a}]
"""


def test_a_triggers_schema_may_be_one_of_the_projects() -> None:
    loaded = load_text(PROJECT % "s")
    assert errors(loaded) == [], rendered(loaded)
    triggers = loaded.programs["p"].triggers
    assert triggers["any"] is None
    assert triggers["go"] is not None
    assert [problem.path for problem in triggers["go"].problems({})] == ["$"]


def test_a_triggers_schema_that_is_none_is_told() -> None:
    assert errors(load_text(PROJECT % "z")) == ["SCHEMA_UNKNOWN"]
    assert errors(load_text(PROJECT % "{type: objekt}")) == ["SCHEMA_INVALID"]
