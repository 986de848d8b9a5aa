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
    "what is asked for may be missing": (
        "- {id: r, type: router, condition: '{{ .workflow.input.k }}', "
        "routes: {a: {id: x, with: {v: 1}}, default: y}}\n"
        "  - {id: y, with: {v: 1}}\n"
        "  - {id: z, with: {a: '{{ if .tasks.x }}{{ .tasks.x.output.v }}{{ end }}', b: '{{ or .tasks.x.output.v 1 }}',"
        " c: '{{ .tasks.x.output.v == null }}', d: '{{ .tasks.x.output && .tasks.x.output.v > 1 }}'}}"
    ),
    "a first name may be missing where somebody asks": (
        "- {id: a, with: {x: '{{ .nobody | default 1 }}', y: '{{ if .nobody }}{{ .nobody.z }}{{ end }}'}}"
    ),
    "a name that a collection gives": (
        "- {id: c, type: collection, items: [1], item_var: page, "
        "task: {id: 'c-{{ .index }}', with: {x: '{{ .page }}'}}}"
    ),
    "a neighbour in the same item is there": (
        "- {id: c, type: collection, items: [1], task: {id: 'c-{{ .index }}', type: composite, tasks: "
        "[{id: a, with: {v: 1}}, {id: b, with: {v: '{{ .tasks.a.output.v }}'}}]}}"
    ),
    "a failure that is handled shows its error": (
        "- {id: a, with: {v: 1}, on_error: {next: h}}\n  - {id: h, with: {v: '{{ .tasks.a.error.message }}'}}"
    ),
    "what all concurrent tasks leave is there behind them": (
        "- {id: p, type: parallel, tasks: [{id: a, with: {v: 1}}, {id: b, with: {v: 1}}]}\n"
        "  - {id: z, with: {v: '{{ .tasks.a.output.v }}{{ .tasks.b.output.v }}'}}"
    ),
    "an error handler is reached": (
        "- {id: a, with: {}, on_success: {next: b}, on_error: {next: c}}\n  - {id: b, with: {}}\n  - {id: c, with: {}}"
    ),
}
WRONG = {
    "a task that is not there": ("- {id: a, with: {x: '{{ .tasks.b.output }}'}}", "REF_NOT_FOUND"),
    "inside brackets of text": ("- {id: a, with: {x: '{{ .tasks[\"b\"].output }}'}}", "REF_NOT_FOUND"),
    "a first name that nothing has": ("- {id: a, with: {x: '{{ .wrkflow.input.y }}'}}", "REF_NOT_FOUND"),
    "a secret that is read where all can see": ("- {id: a, with: {x: '{{ .secrets.K }}'}}", "SECRET_NOT_ALLOWED_HERE"),
    "an item's name that its collection does not give": (
        "- {id: c, type: collection, items: [1], task: {id: 'c-{{ .index }}', with: {x: '{{ .items.y }}'}}}",
        "REF_NOT_FOUND",
    ),
    "a fact that no task has": ("- {id: a, with: {x: '{{ .tasks.a.outputs }}'}}", "REF_NOT_FOUND"),
    "a fact that no workflow has": ("- {id: a, with: {x: '{{ .workflow.inputs.y }}'}}", "REF_NOT_FOUND"),
    "a tool that is not there": ("- {id: a, with: {x: '{{ .tools.t.run(1) }}'}}", "REF_NOT_FOUND"),
    "a memory that nobody uses": ("- {id: a, with: {x: '{{ .memory.m }}'}}", "REF_NOT_FOUND"),
    "a schema that is not there": ("- {id: a, with: {x: '{{ .input | validateSchema \"s\" }}'}}", "SCHEMA_UNKNOWN"),
    "a task that nothing leads to": ("- {id: a, with: {}, final: true}\n  - {id: b, with: {}}", "TASK_UNREACHABLE"),
    "a task that waits for itself": ("- {id: a, with: {x: '{{ .tasks.a.output }}'}}", "TASK_CYCLE"),
    "one of many by a single name": (
        "- {id: c, type: collection, items: [1], task: {id: one, with: {}}}\n"
        "  - {id: a, with: {x: '{{ .tasks.one.output }}'}}",
        "REF_NEVER_AVAILABLE",
    ),
    "the loser of a race": (
        "- {id: p, type: parallel, strategy: race, tasks: [{id: a, with: {v: 1}}, {id: b, with: {v: 1}}]}\n"
        "  - {id: z, with: {x: '{{ .tasks.a.output.v }}'}}",
        "REF_NOT_ALWAYS_AVAILABLE",
    ),
    "routes behind a router that has its own way": (
        "- {id: r, type: router, condition: '{{ .workflow.input.k }}', routes: {a: {id: x, with: {}}}, "
        "on_success: {next: z}}\n  - {id: z, with: {}}",
        "TASK_UNREACHABLE",
    ),
    "a condition that compares with a value that cannot be": (
        "- {id: a, with: {v: b}}\n  - {id: r, type: router, condition: '{{ .tasks.a.output.v == \"c\" }}', "
        "routes: {'true': {with: {}}, 'false': {with: {}}}}",
        "ROUTE_UNREACHABLE",
    ),
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


FORK = (
    "- {id: r, type: router, condition: '{{ .workflow.input.k }}', "
    "routes: {a: {id: x, with: {v: [1]}}, default: {id: y}}}\n"
)
PLACES = {
    "printed": ("  - {id: z, with: {v: '{{ .tasks.x.output.v }}'}}", "warning"),
    "the items of a collection": (
        "  - {id: z, type: collection, items: '{{ .tasks.x.output.v }}', task: {id: 'z-{{ .index }}'}}",
        "error",
    ),
    "the condition of a router": (
        "  - {id: z, type: router, condition: '{{ .tasks.x.output.v }}', routes: {default: {id: w}}}",
        "error",
    ),
    "strict templates": ("  - {id: z, with: {v: '{{ .tasks.x.output.v }}'}}\nstrict_templates: true", "error"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_output_that_may_be_missing_is_an_error_where_it_must_be_there(place: str) -> None:
    text, severity = PLACES[place]
    order = "  - {id: a}\n" + text
    loaded = load_text(f"name: p\ntasks:\n  {FORK}{order}\n")
    (found,) = loaded.diagnostics
    assert (found.code, found.severity) == ("REF_NOT_ALWAYS_AVAILABLE", severity), rendered(loaded)
    assert found.witness == "start > r > y > a > z (never ran x)"
