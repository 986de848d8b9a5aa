"""What a decision costs, in counted steps and keys of its patch: never more where a run is larger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from statewright.hosts.replay import Step, fold
from statewright.kernel.events import Received
from statewright.kernel.lifecycle import STEPS_MAX, YIELD
from statewright.kernel.program import Program
from statewright.testing import Line, Script, load_workflow, run
from tests.kernel.driving import Driven

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
EACH = """
name: each
tasks:
  - id: each
    type: collection
    items: "{{ .workflow.input.items }}"
    task: {id: "item-{{ .index }}", type: basic, with: {n: "VALUE"}}
outputs: {n: 1}
"""
HEARD_BY_ALL = """
name: heard_by_all
tasks:
  - id: rows
    type: collection
    items: "{{ .workflow.input.items }}"
    task:
      id: "row-{{ .index }}"
      type: collection
      items: 10
      task: {id: "wait-{{ .index }}", type: wait, wait_for: go, condition: "{{ true }}"}
"""
UNDONE = """
name: undone
tools:
  - {id: undo, type: javascript, execute: "() => ({})"}
  - {id: fail, type: javascript, execute: "() => ({})"}
tasks:
  - id: each
    type: collection
    items: "{{ .workflow.input.items }}"
    tasks:
      - {id: step, type: basic, with: {n: "{{ .item }}"}, compensate: back}
      - {id: back, type: basic, tool: undo}
  - {id: last, type: basic, tool: fail}
"""


class Walked(dict[str, Any]):
    """A part of a state that counts the entries which somebody goes through one by one."""

    seen = 0

    def __iter__(self) -> Iterator[str]:
        return self._counting(super().__iter__())

    def __reversed__(self) -> Iterator[str]:
        return self._counting(super().__reversed__())

    def keys(self) -> Any:
        """Returns the keys, counted when a merge asks for them."""
        return list(self)

    def values(self) -> Any:
        """Returns the values."""
        return [self[key] for key in self]

    def items(self) -> Any:
        """Returns the entries, to be gone through either way."""
        return _Items(self)

    def _counting(self, keys: Iterator[str]) -> Iterator[str]:
        for key in keys:
            self.seen += 1
            yield key


class _Items:
    def __init__(self, walked: Walked) -> None:
        self._walked = walked

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((key, self._walked[key]) for key in self._walked)

    def __reversed__(self) -> Iterator[tuple[str, Any]]:
        return ((key, self._walked[key]) for key in reversed(self._walked))


class Cost(msgspec.Struct, frozen=True):
    """The cost of a run: over all events, and of the dearest one between the first and the last."""

    steps: int
    writes: int
    dearest_steps: int
    dearest_writes: int


def test_ten_times_the_items_cost_ten_times_the_work() -> None:
    """R18, R19, R20 and DESIGN 10: counted, not timed, so that it is exact on every machine."""
    program = load_workflow(FAN_OUT)
    # Multiples of 400: counting the results at the end takes a whole number of steps then.
    small, large = _cost(program, 400), _cost(program, 4_000)
    assert (large.steps - small.steps) * 400 == 3_600 * (_cost(program, 800).steps - small.steps)
    assert large.steps < 10.1 * small.steps
    assert large.writes < 10.1 * small.writes


def test_an_answer_costs_the_same_however_many_siblings_there_are() -> None:
    """R19: no event looks at all children."""
    program = load_workflow(FAN_OUT)
    small, large = _cost(program, 200), _cost(program, 2_000)
    assert small.dearest_steps == large.dearest_steps
    assert small.dearest_writes == large.dearest_writes


def test_what_is_costly_to_evaluate_or_to_keep_counts_as_steps() -> None:
    """R18, I-35: a step that renders for milliseconds, or copies a large value, is not one of a thousand."""
    plain = _dearest(10, "1")
    assert _dearest(10, "{{ range $i := until 5000 }}{{ end }}1") > plain + 10 * 100
    assert _dearest(10, "{{ .workflow.input.large }}") > plain + 10 * 20


def _dearest(items: int, value: str) -> int:
    program = load_workflow(EACH.replace("VALUE", value))
    finished = run(program, {"items": items, "large": ["x" * 1_000] * 200}, Script([]))
    steps: list[Step] = []
    fold(program, finished.records, finished.store.blob, seen=lambda step, state: steps.append(step))
    return max(step.decision.steps for step in steps if step.decision is not None)


def test_no_decision_takes_more_steps_than_its_budget() -> None:
    """R18: pure items, loops and filters yield in time."""
    from_nothing = FAN_OUT.replace("tool: work, ", "").replace("    max_workers: 10\n", "")
    steps = _steps(load_workflow(from_nothing), 5_000)
    assert max(step.decision.steps for step in steps if step.decision is not None) <= STEPS_MAX
    assert sum(type(step.event).__name__ == "Fired" for step in steps) >= 14


def _woken(items: int) -> int:
    """One signal ends all waits of a run."""
    driven = Driven(HEARD_BY_ALL, {"items": list(range(items))})
    _go_on(driven)
    walked = driven.state.frames = Walked(driven.state.frames)
    driven.take(Received(at=0, name="go", payload={}))
    _go_on(driven)
    assert driven.status() == "done"
    return walked.seen


def _undone(items: int) -> int:
    """All steps of a run are undone, one after the other."""
    driven = Driven(UNDONE, {"items": list(range(items))})
    _go_on(driven)
    walked = driven.state.undo = Walked(driven.state.undo)
    driven.deny(driven.open("fail"))
    for _ in range(items):
        driven.answer(driven.open("undo"), {})
    assert driven.status() == "failed"
    return walked.seen


@pytest.mark.parametrize("walked", [_woken, _undone])
def test_four_times_the_tasks_are_looked_at_four_times_as_often(walked: Callable[[int], int]) -> None:
    """I-35: a step that goes through all that is alive would make a run of thousands quadratic."""
    small, large = walked(25), walked(100)
    assert 0 < large < 5 * small


def _go_on(driven: Driven) -> None:
    while any(pending.role == YIELD for pending in driven.state.pending.values()):
        driven.fire(YIELD)


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
