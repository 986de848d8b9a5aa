"""How tasks become nodes: keys, order, routes, components, policies, and what a wrong list is told."""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import Next, Prompt, Retry
from statewright.kernel.tasks.basic import UseTool
from tests.language.loading import errors, load_text, program_of, warnings

AGENTS = """
models: [{provider: simulated, model: m}]
agents:
  - id: clerk
    instructions: "Serve {{ .input.name }}"
    with: {tone: polite, name: nobody}
    actions:
      - id: answer
        prompt: Answer.
        with: {length: short, tone: brief}
        input: {type: object, required: [name]}
"""


def tasks(text: str, head: str = "") -> str:
    return f"name: p\n{head}tasks:\n{text}"


def test_keys_are_positions_and_ids_lead_to_them() -> None:
    program = program_of(
        tasks("""
  - id: outer
    type: parallel
    tasks:
      - {id: left, with: {x: 1}}
      - id: many
        type: collection
        items: [1, 2]
        task:
          id: "inner-{{ .index }}"
          type: composite
          tasks:
            - {id: first, with: {x: 1}}
            - {id: "spaced out", with: {x: 1}}
""")
    )
    assert set(program.nodes) == {
        "", "outer", "outer.left", "outer.many", "outer.many[]", "outer.many[].first", "outer.many[].#1",
    }  # fmt: skip
    assert program.nodes["outer.many[]"].segment == "[]"
    assert isinstance(program.nodes["outer.many[]"].id, Template)
    assert program.nodes["outer.many[].#1"].id == "spaced out"
    assert program.places == {
        "outer": "outer", "left": "outer.left", "many": "outer.many", "first": "outer.many[].first",
        "spaced out": "outer.many[].#1",
    }  # fmt: skip


def test_a_routed_task_stands_beside_its_router() -> None:
    program = program_of(
        tasks("""
  - id: flow
    type: composite
    tasks:
      - id: choose
        type: router
        condition: "{{ .workflow.input.kind }}"
        routes:
          big deal: {with: {x: 1}}
          again:
            id: second
            type: router
            condition: "{{ .workflow.input.size }}"
            routes: {small: {id: tiny, with: {x: 1}}, large: handled}
      - {id: handled, with: {x: 1}}
      - {id: last, with: {x: 1}}
""")
    )
    routes = program.nodes["flow.choose"].fields.routes
    assert routes == {"big deal": "flow.choose.big_deal#0", "again": "flow.choose.again"}
    assert program.nodes["flow.choose.big_deal#0"].segment == "choose.big_deal#0"
    assert program.nodes["flow.choose.again"].fields.routes == {
        "small": "flow.choose.again.small",
        "large": "flow.handled",
    }
    assert program.places["tiny"] == "flow.choose.again.small"
    assert program.nodes["flow"].fields.order == ("flow.choose", "flow.last")


def test_a_router_among_concurrent_tasks_gets_a_sequence_of_its_own() -> None:
    program = program_of(
        tasks("""
  - id: each
    type: collection
    items: [a, b]
    task:
      id: "route-{{ .index }}"
      type: router
      condition: "{{ .item }}"
      routes: {a: {id: was_a, with: {x: 1}}, default: {id: other, with: {x: 2}}}
""")
    )
    assert program.nodes["each[]"].kind.name == "composite"
    assert program.nodes["each[]"].fields.order == ("each[].route",)
    assert program.nodes["each[].route"].fields.routes == {"a": "each[].route.a", "default": "each[].route.default"}
    outputs = program.nodes["each[]"].outputs
    assert outputs is not None
    assert outputs.names == (("output", "route"),)


ORDERS = {
    "list order": ("- {id: a, with: {}}\n  - {id: b, with: {}}", ("a", "b")),
    "on_error alone leaves it implicit": (
        "- {id: a, with: {}, on_error: {next: c}}\n  - {id: b, with: {}}\n  - {id: c, with: {}}",
        ("a", "b"),
    ),
    "on_success makes it explicit": ("- {id: a, with: {}, on_success: {next: b}}\n  - {id: b, with: {}}", ()),
    "final makes it explicit": ("- {id: a, with: {}, final: true}\n  - {id: b, with: {}}", ()),
    "what a route names is led to": (
        "- {id: r, type: router, condition: '{{ .x }}', routes: {k: b}, default: d}\n"
        "  - {id: b, with: {}}\n  - {id: c, with: {}}\n  - {id: d, with: {}}",
        ("r", "c"),
    ),
}


@pytest.mark.parametrize("case", ORDERS)
def test_the_order_of_a_list_follows_the_ruling(case: str) -> None:
    text, expected = ORDERS[case]
    loaded = load_text(tasks("  " + text + "\n"))
    assert errors(loaded) == []
    assert loaded.programs["p"].nodes[""].fields.order == expected


def test_arrows_carry_their_target_and_their_input() -> None:
    program = program_of(
        tasks("""
  - id: a
    with: {}
    on_success: {next: b, with: {from: "{{ .output }}"}}
    on_error: {next: b}
  - {id: b, with: {}, final: true}
""")
    )
    arrow = program.nodes["a"].on_success
    assert isinstance(arrow, Next)
    assert arrow.node == "b"
    assert arrow.with_ is not None
    assert arrow.with_.names == (("output",),)
    assert program.nodes["a"].on_error == Next("b")
    assert program.nodes["b"].final


def test_an_agents_defaults_lie_below_its_actions_and_the_tasks_own_input() -> None:
    program = program_of(
        tasks("  - {id: a, agent: clerk, action: answer, prompt: 'And {{ .input.x }}', with: {name: Ada}}\n", AGENTS)
    )
    node = program.nodes["a"]
    component = node.fields.component
    assert isinstance(component, Prompt)
    assert node.with_ is not None
    assert node.with_.value == {"tone": "brief", "name": "Ada", "length": "short"}
    assert node.input is not None
    assert node.action == "answer"
    assert isinstance(component.prompt, Template)
    assert component.prompt.source == "Answer.\n\nAnd {{ .input.x }}"
    assert isinstance(component.instructions, Template)


def test_a_prompt_alone_asks_the_chosen_model() -> None:
    head = (
        "models: [{provider: openai, model: a}, {provider: groq, model: b, default: true}, {provider: x, model: c}]\n"
    )
    program = program_of(tasks("  - {id: a, prompt: Hi}\n  - {id: b, prompt: Hi, model_config: 'x:c'}\n", head))
    assert program.nodes["a"].fields.component.model.model == "b"
    assert program.nodes["b"].fields.component.model.model == "c"


def test_a_tool_is_named_or_defined_in_place() -> None:
    head = "tools: [{id: hammer, type: python, execute: 'tools/t.py:hit', with: {force: 3}}]\n"
    program = program_of(
        tasks(
            "  - {id: a, tool: hammer}\n"
            "  - {id: b, tool: {id: saw, type: javascript, execute: 'function saw(i) { return i }'}}\n",
            head,
        )
    )
    assert program.nodes["a"].fields.component == UseTool("hammer")
    assert program.nodes["b"].fields.component == UseTool("saw")
    assert program.tools["hammer"].entry == "tools/t.py:hit"
    assert program.tools["hammer"].with_ == {"force": 3}
    assert program.tools["saw"].code.startswith("function")


def test_exports_of_the_entrypoint_are_tools_without_a_type() -> None:
    head = "runtime: {entrypoint: ./tools/index.ts, permissions: [--allow-net=api.example.com], timeout: 5s}\n"
    tool = program_of(tasks("  - {id: a, tool: save}\n", head + "tools: [{id: save, timeout: 2s}]\n")).tools["save"]
    assert (tool.kind, tool.entry, tool.timeout) == ("entrypoint", "tools/index.ts", 2_000)
    assert tool.permissions == ("--allow-net=api.example.com",)


def test_policies_are_inherited_field_by_field() -> None:
    program = program_of(
        tasks(
            "  - {id: a, with: {}}\n  - {id: b, with: {}, retries: 1, timeout: 2s}\n"
            "  - {id: c, with: {}, config: {retry_policy: {maximum_attempts: 7}}}\n",
            "config: {start_to_close_timeout: 9s, retry_policy: {initial_interval: 2s, backoff_coefficient: 3}}\n",
        )
    )
    assert program.nodes["a"].retry == Retry(attempts=3, initial=2_000, factor=3.0)
    assert program.nodes["b"].retry == Retry(attempts=2, initial=2_000, factor=3.0)
    assert program.nodes["c"].retry == Retry(attempts=7, initial=2_000, factor=3.0)
    assert (program.nodes["a"].timeout, program.nodes["b"].timeout) == (9_000, 2_000)


def test_places_point_at_the_id() -> None:
    place = program_of(tasks("  - with: {}\n    id: a\n")).nodes["a"].place
    assert place is not None
    assert (place.file, place.line, place.column) == ("compozy.yaml", 4, 9)


def test_a_condition_that_decides_nothing_is_said_to() -> None:
    assert warnings(load_text(tasks("  - {id: a, with: {}, condition: 'x > 1'}\n"))) == ["NOT_APPLIED"]


def test_tasks_nest_only_so_deep() -> None:
    text = "{id: t, type: composite, tasks: [" * 20 + "{id: x, with: {}}" + "]}" * 20
    assert errors(load_text(tasks(f"  - {text}\n"))) == ["NESTING_LIMIT"]


def test_an_id_in_two_containers_means_the_outer_one() -> None:
    program = program_of(
        tasks("  - {id: box, type: composite, tasks: [{id: a, with: {}}]}\n  - {id: a, with: {}}\n"),
    )
    assert program.places["a"] == "a"


def test_a_python_file_is_not_taken_for_javascript() -> None:
    head = "tools: [{{id: hammer, execute: '{}'}}]\n"
    program = program_of(tasks("  - {id: a, tool: hammer}\n", head.format("tools/t.py:hit")))
    assert program.tools["hammer"].kind == "python"
    assert errors(load_text(tasks("  - {id: a, tool: hammer}\n", head.format("tools/t.py")))) == ["TOOL_ENTRY_INVALID"]
