"""Tasks of the original engine: their names, places and targets; and what this release checks and does not run."""

from __future__ import annotations

import pytest

from tests.language.loading import errors, load_files, load_text, rendered, warnings

WAITING = """
name: p
tasks:
  - {id: ask, type: signal, signal: {id: asked, payload: {who: "{{ .workflow.input.who }}"}}}
  - id: hold
    type: wait
    wait_for: answered
    condition: "{{ .signal.payload.ok }}"
    timeout: 1 hour 30 minutes
    processor: {id: look, type: basic, with: {seen: "{{ .signal }}"}}
    on_timeout: late
  - {id: note, type: memory, operation: append, memory_ref: notes, key_template: "k-{{ .workflow.input.who }}",
     payload: {role: user, content: hi}}
  - {id: late, type: basic, with: {}}
memories: [{id: notes, type: buffer}]
"""
MISTAKES = {
    "nobody to go on with": (WAITING.replace("on_timeout: late", "on_timeout: lat"), "TASK_UNKNOWN", "'late'"),
    "nothing to wait for": (WAITING.replace("    wait_for: answered\n", ""), "FIELD_MISSING", "'wait_for'"),
    "a signal without a name": (WAITING.replace("{id: asked, payload:", "{payload:"), "FIELD_MISSING", "'id'"),
    "an operation that no memory has": (WAITING.replace("append", "appnd"), "CHOICE_INVALID", "'append'"),
    "nothing to write": (
        WAITING.replace("     payload: {role: user, content: hi}}", "     }"),
        "FIELD_MISSING",
        "'payload'",
    ),
    "a processor without an id": (WAITING.replace("{id: look, ", "{"), "FIELD_MISSING", "'id'"),
    "a workflow that is not there": (
        "name: p\ntasks: [{id: a, type: workflow, workflow: q}]\n",
        "WORKFLOW_UNKNOWN",
        "'q'",
    ),
    "nobody to undo it": ("name: p\ntasks: [{id: a, with: {}, compensate: b}]\n", "TASK_UNKNOWN", "'b'"),
    "one child and several": (
        "name: p\ntasks: [{id: a, type: collection, items: [1], task: {id: b}, tasks: [{id: c}]}]\n",
        "FIELD_CONFLICT",
        "not both",
    ),
}
LACKING = {
    "a built-in tool": ("tool: cp__read_file", "the built-in tool 'cp__read_file'"),
    "a script": ("tool: {id: s, execute: ./s.ts}", "the tool 's'"),
}


def test_tasks_that_wait_signal_and_remember_are_compiled_and_kept() -> None:
    loaded = load_text(WAITING)
    assert errors(loaded) == [], rendered(loaded)
    assert [node.kind.name for node in loaded.programs["p"].nodes.values() if node.key] == [
        "signal",
        "basic",
        "wait",
        "memory",
        "basic",
    ]
    assert loaded.lacking == {}
    assert loaded.entities["memory"]["notes"]["type"] == "buffer"


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_such_a_task_is_told_as_any_other(case: str) -> None:
    text, code, words = MISTAKES[case]
    loaded = load_text(text)
    assert errors(loaded) == [code], rendered(loaded)
    assert any(words in f"{found.message} {found.hint}" for found in loaded.diagnostics if found.code == code)


@pytest.mark.parametrize("case", LACKING)
def test_what_a_workflow_lacks_is_named(case: str) -> None:
    written, thing = LACKING[case]
    loaded = load_text(f"name: p\ntasks: [{{id: a, {written}}}]\n")
    assert errors(loaded) == [], rendered(loaded)
    assert loaded.lacking == {"p": (thing,)}
    assert "NOT_AVAILABLE" in warnings(loaded)


def test_a_workflow_that_lacks_nothing_is_there_beside_one_that_does() -> None:
    loaded = load_files({
        "compozy.yaml": "name: p\nworkflows: [a.yaml, b.yaml]\n",
        "a.yaml": "id: a\ntasks: [{id: t, with: {}}]\n",
        "b.yaml": "id: b\ntasks: [{id: t, tool: cp__read_file}]\n",
    })  # fmt: skip
    assert errors(loaded) == [], rendered(loaded)
    assert list(loaded.programs) == ["a"]
    assert loaded.lacking == {"b": ("the built-in tool 'cp__read_file'",)}


def test_a_task_that_undoes_another_is_not_the_next_one() -> None:
    loaded = load_text(
        "name: p\ntasks: [{id: book, with: {}, compensate: cancel}, {id: cancel, with: {}}, {id: send, with: {}}]\n"
    )
    assert errors(loaded) == []
    assert loaded.programs["p"].nodes["book"].compensate == "cancel"
    assert loaded.programs["p"].nodes[""].fields.order == ("book", "send")
    assert "TASK_UNREACHABLE" not in warnings(loaded)
