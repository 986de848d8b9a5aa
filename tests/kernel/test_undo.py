"""Undoing in its odd moments: what surely did not happen, what a person says, and what lives longer than its host."""

from __future__ import annotations

import msgspec
import pytest

from statewright.kernel.decide import RESUMES_MAX
from statewright.kernel.effects import Spawn
from statewright.kernel.events import Answered, Cancelled, Resolved, Resumed
from statewright.kernel.lifecycle import GRACE
from statewright.kernel.program import Program
from statewright.kernel.values import Json
from statewright.language.loader import load
from statewright.testing import load_workflow
from tests.kernel.driving import Driven

CHARGE = """
name: charge
tools:
  - {id: call, type: javascript, execute: "() => ({})"}
tasks:
  - {id: charge, type: basic, tool: call, with: {do: 1}, compensate: refund}
  - {id: refund, type: basic, tool: call, with: {undo: "{{ .compensated.status }}"}}
"""
REMEMBERING = """
name: remembering
models:
  - {provider: openai, model: gpt-4}
agents:
  - id: helper
    config: {provider: openai, model: gpt-4}
    instructions: You help.
    memory: [{id: talk, key: "a"}]
    actions: [{id: say, prompt: "Say something"}]
tasks:
  - {id: speak, type: basic, agent: helper, action: say, compensate: unsay}
  - {id: unsay, type: basic, with: {unsaid: true}}
"""
PARENT = {
    "statewright.yaml": b"name: p\nworkflows: [{source: parent.yaml}, {source: child.yaml}]\n",
    "parent.yaml": b"id: parent\ntasks:\n  - {id: sub, type: workflow, workflow: child}\n",
    "child.yaml": b"id: child\ntasks:\n  - {id: a, type: basic, with: {n: 1}}\n",
}


@pytest.mark.parametrize(("happened", "undone"), [(True, [{"undo": "cancelled"}]), (False, [])])
def test_a_cancelled_step_is_undone_unless_a_person_says_it_did_not_happen(happened: bool, undone: list[Json]) -> None:
    """R11: the run waits for the person, however long that takes."""
    run = _unknown()
    run.take(Cancelled(at=0))
    run.fire(GRACE)
    assert run.status() == "cancelling"
    (effect,) = run.state.pending
    run.take(Resolved(at=0, effect=effect, happened=happened, value={}))
    assert [call.request["input"] for call in run.calls()] == undone


def test_what_a_step_has_done_before_its_last_request_stayed_at_home_is_undone() -> None:
    """R11: the model has answered; that the answer could not be remembered changes nothing."""
    run = Driven(REMEMBERING)
    run.answer(run.open("talk"), {"messages": []})
    run.answer(run.open("openai/gpt-4"), {"content": "hi"})
    run.deny(run.open("talk"), left=False)
    assert run.tasks() == {"speak": "failed", "unsay": "success"}


def test_a_child_may_outlive_any_number_of_hosts() -> None:
    """R4, R15: its parent only looks for it again; what kills hosts is counted where it is called."""
    run = Driven(_parent())
    for _ in range(RESUMES_MAX + 5):
        run.take(Resumed(at=0))
    (spawn,) = run.last.effects
    assert isinstance(spawn, Spawn)
    run.take(Answered(at=0, effect=spawn.id, attempt=spawn.attempt, value={"n": 1}))
    assert run.status() == "done"


def _unknown() -> Driven:
    """Returns a run whose charge was under way when its host died, and must not be made twice."""
    program = load_workflow(CHARGE)
    tools = {id: msgspec.structs.replace(tool, at_most_once=True) for id, tool in program.tools.items()}
    run = Driven(msgspec.structs.replace(program, tools=tools))
    run.take(Resumed(at=0))
    assert [pending.status for pending in run.state.pending.values()] == ["unknown"]
    return run


def _parent() -> Program:
    loaded = load(PARENT.get, lambda pattern: [], "statewright.yaml")
    return loaded.programs["parent"]
