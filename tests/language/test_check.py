"""What is proved before a run: which complaints there are, and that there are none where all is well."""

from __future__ import annotations

import pytest

from tests.language.loading import load_text, rendered

FINE = {
    "names inside a range are the elements' own": (
        "- {id: a, with: {x: '{{ range .workflow.input.xs }}{{ .tasks.zzz }}{{ .workflow.zzz }}{{ end }}'}}"
    ),
    "names made by templates may be anything that fits": (
        "- {id: c, type: collection, items: [1], task: {id: 'c-{{ .index }}', with: {}}}\n"
        "  - {id: a, with: {x: '{{ .tasks.c-0.output }}', y: '{{ index .tasks \"c-7\" }}'}}"
    ),
    "a task inside another is known everywhere": (
        "- {id: p, type: parallel, tasks: [{id: inner, with: {}}]}\n"
        "  - {id: a, with: {x: '{{ .tasks.inner.output.y }}', z: '{{ .tasks.p.output.inner.y }}'}}"
    ),
    "routes without ids are named by their key": (
        "- {id: r, type: router, condition: '{{ .workflow.input.k }}', routes: {a: {with: {}}, default: {with: {}}}}\n"
        "  - {id: s, type: router, condition: '{{ .workflow.input.k }}', routes: {a: {with: {}}, default: {with: {}}}}"
    ),
    "a circle with a router in it can end": (
        "- {id: a, with: {}, on_success: {next: r}}\n"
        "  - {id: r, type: router, condition: '{{ .workflow.input.k }}', routes: {again: a, done: b}}\n"
        "  - {id: b, with: {}}"
    ),
    "an error handler is reached": (
        "- {id: a, with: {}, on_success: {next: b}, on_error: {next: c}}\n  - {id: b, with: {}}\n  - {id: c, with: {}}"
    ),
}
WRONG = {
    "a task that is not there": ("- {id: a, with: {x: '{{ .tasks.b.output }}'}}", "REF_NOT_FOUND"),
    "inside brackets of text": ("- {id: a, with: {x: '{{ .tasks[\"b\"].output }}'}}", "REF_NOT_FOUND"),
    "a fact that no task has": ("- {id: a, with: {x: '{{ .tasks.a.outputs }}'}}", "REF_NOT_FOUND"),
    "a fact that no workflow has": ("- {id: a, with: {x: '{{ .workflow.inputs.y }}'}}", "REF_NOT_FOUND"),
    "a tool that is not there": ("- {id: a, with: {x: '{{ .tools.t.run(1) }}'}}", "REF_NOT_FOUND"),
    "a memory that nobody uses": ("- {id: a, with: {x: '{{ .memory.m }}'}}", "REF_NOT_FOUND"),
    "a schema that is not there": ("- {id: a, with: {x: '{{ .input | validateSchema \"s\" }}'}}", "SCHEMA_UNKNOWN"),
    "a task that nothing leads to": ("- {id: a, with: {}, final: true}\n  - {id: b, with: {}}", "TASK_UNREACHABLE"),
    "a task that follows itself": ("- {id: a, with: {}, on_success: {next: a}}", "TASK_CYCLE"),
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_right_is_not_complained_about(case: str) -> None:
    loaded = load_text(f"name: p\ntasks:\n  {FINE[case]}\n")
    assert loaded.diagnostics == (), rendered(loaded)


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_work_is_found_before_a_run(case: str) -> None:
    text, code = WRONG[case]
    loaded = load_text(f"name: p\ntasks:\n  {text}\n")
    assert [found.code for found in loaded.diagnostics] == [code], rendered(loaded)
