"""What a decision costs, in counted steps and keys of its patch: never more where a run is larger."""

from __future__ import annotations

import msgspec

from statewright.hosts.replay import Step, fold
from statewright.kernel.lifecycle import STEPS_MAX
from statewright.kernel.program import Program
from statewright.testing import Line, Script, load_workflow, run

FAN_OUT = """
name: fan_out
tools:
  - {id: work, type: javascript, execute: "() => ({})"}
tasks:
  - id: each
    type: collection
    items: "{{ .workflow.input.items }}"
    max_workers: 10
    task: {id: "w-{{ .index }}", type: basic, tool: work, with: {n: "{{ .item }}"}}
outputs:
  count: "{{ .tasks.each.output | length }}"
"""


class Cost(msgspec.Struct, frozen=True):
    """The cost of a run: over all events, and of the dearest one between the first and the last."""

    steps: int
    writes: int
    dearest_steps: int
    dearest_writes: int


def test_ten_times_the_items_cost_ten_times_the_work() -> None:
    """R18, R19, R20 and DESIGN 10: counted, not timed, so that it is exact on every machine."""
    program = load_workflow(FAN_OUT)
    small, large = _cost(program, 200), _cost(program, 2_000)
    assert (large.steps - small.steps) * 200 == 1_800 * (_cost(program, 400).steps - small.steps)
    assert large.steps < 10.1 * small.steps
    assert large.writes < 10.1 * small.writes


def test_an_answer_costs_the_same_however_many_siblings_there_are() -> None:
    """R19: no event looks at all children."""
    program = load_workflow(FAN_OUT)
    small, large = _cost(program, 200), _cost(program, 2_000)
    assert small.dearest_steps == large.dearest_steps
    assert small.dearest_writes == large.dearest_writes


def test_no_decision_takes_more_steps_than_its_budget() -> None:
    """R18: pure items, loops and filters yield in time."""
    from_nothing = FAN_OUT.replace("tool: work, ", "").replace("    max_workers: 10\n", "")
    steps = _steps(load_workflow(from_nothing), 5_000)
    assert max(step.decision.steps for step in steps if step.decision is not None) <= STEPS_MAX
    assert sum(type(step.event).__name__ == "Fired" for step in steps) >= 14


def _cost(program: Program, items: int) -> Cost:
    decisions = [step.decision for step in _steps(program, items) if step.decision is not None]
    steps = [decision.steps for decision in decisions]
    writes = [len(decision.patch.changes()) + len(decision.effects) for decision in decisions]
    return Cost(sum(steps), sum(writes), max(steps[1:-1]), max(writes[1:-1]))


def _steps(program: Program, items: int) -> list[Step]:
    finished = run(program, {"items": list(range(items))}, Script([Line(value={"ok": True})]))
    assert finished.state.output == {"count": items}
    found: list[Step] = []
    fold(program, finished.records, finished.store.blob, seen=lambda step, state: found.append(step))
    return found
