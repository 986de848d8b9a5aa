"""A task's life in its odd moments: what is left over, what comes too late, what starts over."""

from __future__ import annotations

import msgspec
import pytest

from statewright.kernel.asking import BACKOFF
from statewright.kernel.decide import RESUMES_MAX
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Cancelled, Paused, Refused, Resolved, Resumed, Terminated, Unpaused
from statewright.kernel.lifecycle import GRACE, GRACE_MS, RETRY, YIELD
from statewright.kernel.program import Program
from statewright.testing import load_workflow
from tests.kernel.driving import Driven

TOOLS = """
tools:
  - {id: a, type: javascript, execute: "() => ({})"}
  - {id: b, type: javascript, execute: "() => ({})"}
  - {id: c, type: javascript, execute: "() => ({})"}
"""
PAIR = f"""
name: pair
{TOOLS}
tasks:
  - id: both
    type: parallel
    strategy: fail_fast
    tasks:
      - {{id: one, type: basic, tool: a}}
      - {{id: two, type: basic, tool: b}}
    on_error: {{next: after}}
  - {{id: after, type: basic, tool: c}}
"""
READING = """
name: reading
models:
  - {provider: openai, model: gpt-4}
agents:
  - id: helper
    config:
      $ref: global::models.#(provider=="openai")
    instructions: You help.
    memory:
      - {id: first, key: "a"}
      - {id: second, key: "b"}
    actions:
      - {id: say, prompt: "Say something"}
tasks:
  - {id: speak, type: basic, agent: helper, action: say}
"""
HALF_WAY = f"""
name: half_way
{TOOLS}
tasks:
  - id: both
    type: parallel
    strategy: fail_fast
    tasks:
      - {{id: ask, type: basic, tool: a}}
      - id: rows
        type: collection
        items: "{{{{ .workflow.input.rows }}}}"
        task:
          id: "row-{{{{ .index }}}}"
          type: collection
          items: "{{{{ .workflow.input.cells }}}}"
          task: {{id: "cell-{{{{ .index }}}}", type: basic, tool: b}}
    on_error: {{next: both}}
    on_success: {{next: after}}
  - {{id: after, type: basic, with: {{done: true}}}}
"""
RACE = PAIR.replace("fail_fast", "race").replace("on_error", "on_success")


def test_the_flow_goes_on_while_a_cancelled_call_is_closing() -> None:
    """R9, R10: leaving never waits; the late answer closes the call, is counted, and changes nothing else.

    Of R9 this is what holds for workflows; entry and exit tasks come with machines.
    """
    run = Driven(RACE)
    loser = run.open("b")
    run.answer(run.open("a"), {"n": 1})
    assert run.cancels() == [loser]
    assert [call.target for call in run.calls()] == ["c"]
    assert run.state.pending[loser].status == "closing"
    before = run.tasks()
    run.answer(loser, {"n": 2}, usage={"cents": 3})
    assert loser not in run.state.pending
    assert run.tasks() == before
    assert run.state.usage == {"cents": 3}


def test_a_run_ends_when_its_last_cancelled_call_has_closed() -> None:
    """R10: nothing is appended after the end."""
    run = Driven(RACE)
    loser = run.open("b")
    run.answer(run.open("a"), {"n": 1})
    run.answer(run.open("c"), {"n": 3})
    assert (run.state.status, run.state.verdict) == ("running", "done")
    run.deny(loser, "CANCELLED")
    assert run.status() == "done"
    assert run.refuse(Refused(at=0, effect=loser, code="CANCELLED")) == "STALE"


def test_a_run_does_not_wait_for_a_cancelled_call_for_ever() -> None:
    """R10, I-34: after its grace it ends, and the call is abandoned."""
    run = Driven(RACE)
    run.answer(run.open("a"), {"n": 1})
    run.answer(run.open("c"), {"n": 3})
    asked = run.now
    run.fire(GRACE)
    assert run.now >= asked + GRACE_MS
    assert run.status() == "done"
    assert not run.state.pending


def test_a_call_that_is_taken_back_in_its_own_decision_is_never_sent() -> None:
    """R22: no Call and Cancel pairs."""
    broken = '{id: two, type: basic, with: {n: "{{ 1 / 0 }}"}}'
    run = Driven(PAIR.replace("{id: two, type: basic, tool: b}", broken))
    assert [call.target for call in run.calls()] == ["c"]
    assert run.cancels() == []
    assert run.tasks() == {"both.two": "failed", "both.one": "cancelled", "both": "failed"}


def test_an_answer_and_the_next_call_are_one_decision() -> None:
    """R22: a result is not an event of its own, so it cannot be lost between two records."""
    run = Driven(
        f"name: line\n{TOOLS}\ntasks:\n  - {{id: one, type: basic, tool: a}}\n  - {{id: two, type: basic, tool: b}}"
    )
    run.answer(run.open("a"), {"n": 1})
    assert [call.target for call in run.calls()] == ["b"]
    assert run.tasks() == {"one": "success"}


def test_finished_frames_are_gone_and_their_results_stay() -> None:
    """R19, R21: under their path; what a later failure leaves behind is not rolled back.

    Of R21 this is what holds for workflows; `put_data` and its order come with machines.
    """
    run = Driven(PAIR)
    run.answer(run.open("a"), {"n": 1})
    assert set(run.state.frames) == {"", "both", "both.two"}
    run.deny(run.open("b"))
    assert set(run.state.frames) == {"", "after"}
    assert run.state.results["both.one"].output == {"n": 1}


def test_a_step_left_over_from_a_cancelled_visit_is_not_taken_by_the_next() -> None:
    """R18, R19: a failure restarts what had yielded half-way; nothing of the new visit is started twice."""
    run = Driven(HALF_WAY, {"rows": list(range(12)), "cells": list(range(100))})
    assert run.state.agenda
    run.deny(run.open("a"))
    while any(pending.role == YIELD for pending in run.state.pending.values()):
        run.fire(YIELD)
    cells = [frame for path, frame in run.state.frames.items() if path.endswith("]") and path.count("[") == 2]
    assert len(cells) == 1_200
    assert all(len(frame.awaiting) == 1 for frame in cells)


def test_a_container_that_starts_over_forgets_who_failed_before() -> None:
    """R17: two children that failed in one decision are two failures of the visit that is over."""
    busy = {"retryable": True}
    run = Driven(PAIR.replace("strategy: fail_fast", "retries: 1"))
    first, second = run.open("a"), run.open("b")
    run.deny(first, "BUSY", **busy)
    run.deny(second, "BUSY", **busy)
    run.fire(RETRY)
    again = [call.id for call in run.calls()]
    assert len(again) == 2
    assert not {first, second} & set(again)
    for id in again:
        run.answer(id, {"n": 1})
    assert run.tasks()["both"] == "success"


def test_a_call_that_a_pause_held_back_gets_its_deadline_when_it_leaves() -> None:
    """R16: waiting for a person is not the world's slowness."""
    run = Driven(
        f"""
name: slow
{TOOLS}
tasks:
  - {{id: one, type: basic, tool: a}}
  - {{id: two, type: basic, tool: b, timeout: 5s}}
"""
    )
    run.take(Paused(at=0))
    run.answer(run.open("a"), {"n": 1})
    assert run.calls() == []
    run.now += 3_600_000
    run.take(Unpaused(at=0))
    (call,) = run.calls()
    assert call.deadline == run.now + 5_000
    assert run.state.pending[call.id].effect == call


def test_a_crash_that_ends_one_call_for_good_does_not_ask_again_what_it_cancelled() -> None:
    """R4: a task that reads two conversations gives up the second with the first, in one decision."""
    run = Driven(READING)
    first, second = (call.id for call in run.calls())
    for _ in range(RESUMES_MAX):
        run.take(Resumed(at=0))
        assert [call.id for call in run.calls()] == [first, second]
    run.take(Resumed(at=0))
    assert run.calls() == []
    assert run.cancels() == [second]
    run.deny(second, "CANCELLED")
    assert run.state.error is not None
    assert run.state.error.code == "CRASH_LOOP"


def test_what_a_person_resolves_late_does_not_answer_another_visit() -> None:
    """R11: the task was started afresh meanwhile; the old call closes, the new one goes on."""
    run = Driven(_at_most_once(PAIR.replace("next: after}", "next: both}\n    on_success: {next: after}"), "a"))
    old, sibling = run.open("a"), run.open("b")
    run.take(Resumed(at=0))
    assert run.state.pending[old].status == "unknown"
    run.deny(sibling)
    (new,) = [call.id for call in run.calls() if call.target == "a"]
    run.take(Resolved(at=0, effect=old, happened=True, value={"n": "old"}))
    assert old not in run.state.pending
    assert run.state.pending[new].status == "issued"
    assert "both.one" in run.state.frames


def test_a_cancelled_run_waits_for_the_outcome_that_nobody_knows() -> None:
    """R11: only a person, or `Terminated`, ends it."""
    run = Driven(_at_most_once(PAIR, "a"))
    unknown = run.open("a")
    run.take(Resumed(at=0))
    run.deny(run.open("b"))
    run.take(Cancelled(at=0))
    run.deny(run.open("c"), "CANCELLED")
    run.fire(GRACE)
    assert run.status() == "cancelling"
    run.take(Resolved(at=0, effect=unknown, happened=False))
    assert run.status() == "cancelled"


def test_a_call_that_must_not_happen_twice_waits_for_a_person_where_its_reply_is_missing() -> None:
    """I-14: a lost reply is no refusal; who takes it for one undoes or repeats what has happened."""
    run = Driven(_at_most_once(PAIR, "a"))
    paid = run.open("a")
    run.deny(paid, "TOOL_CONNECTION_LOST", retryable=True, unknown=True)
    assert run.state.pending[paid].status == "unknown"
    assert "both.one" in run.state.frames
    run.take(Resolved(at=0, effect=paid, happened=True, value={"n": 1}))
    assert run.state.results["both.one"].output == {"n": 1}


def test_a_call_that_may_happen_twice_is_tried_again_where_its_reply_is_missing() -> None:
    """R17: its key is the same, so nobody is harmed."""
    run = Driven(PAIR)
    run.deny(run.open("a"), "TOOL_CONNECTION_LOST", unknown=True)
    assert run.state.results["both.one"].status == "failed"


def test_terminated_asks_nobody() -> None:
    """R11: it is the only event that skips closing."""
    run = Driven(PAIR)
    open_calls = list(run.state.pending)
    run.take(Terminated(at=0, reason="enough"))
    assert run.cancels() == open_calls
    assert (run.state.status, run.state.frames, run.state.pending) == ("terminated", {}, {})


def test_children_are_cancelled_in_the_order_in_which_they_began() -> None:
    """R20: never in the order of a hash."""
    children = "\n".join(f"      - {{id: t{n}, type: basic, tool: b}}" for n in range(12))
    run = Driven(PAIR.replace("      - {id: two, type: basic, tool: b}", children))
    begun = [id for id, one in run.state.pending.items() if isinstance(one.effect, Call) and one.effect.target == "b"]
    run.deny(run.open("a"))
    assert run.cancels() == begun


def test_an_answer_to_an_earlier_attempt_is_not_heard() -> None:
    """R10: a closing names its attempt; only the newest is open."""
    run = Driven(f"name: slow\n{TOOLS}\ntasks:\n  - {{id: one, type: basic, tool: a, retries: 1}}")
    call = run.open("a")
    run.deny(call, "TIMED_OUT", retryable=True)
    assert run.refuse(Answered(at=0, effect=call, attempt=1, value={"n": 1})) == "STALE"
    run.fire(BACKOFF)
    assert run.refuse(Answered(at=0, effect=call, attempt=1, value={"n": 1})) == "STALE"
    run.answer(call, {"n": 2})
    assert run.state.output == {"n": 2}


def test_a_pause_does_not_shorten_a_back_off() -> None:
    """R16: going on issues what the pause held back, not what waits for its next attempt."""
    run = Driven(f"name: slow\n{TOOLS}\ntasks:\n  - {{id: one, type: basic, tool: a, retries: 1}}")
    run.deny(run.open("a"), "BUSY", retryable=True)
    run.take(Paused(at=0))
    run.take(Unpaused(at=0))
    assert run.calls() == []
    run.fire(BACKOFF)
    assert [call.attempt for call in run.calls()] == [2]


def test_a_back_off_that_ends_in_a_pause_leaves_with_it() -> None:
    run = Driven(f"name: slow\n{TOOLS}\ntasks:\n  - {{id: one, type: basic, tool: a, retries: 1}}")
    run.deny(run.open("a"), "BUSY", retryable=True)
    run.take(Paused(at=0))
    run.fire(BACKOFF)
    assert run.calls() == []
    run.take(Unpaused(at=0))
    assert [call.attempt for call in run.calls()] == [2]


@pytest.mark.parametrize("event", [Paused(at=0), Cancelled(at=0)])
def test_a_second_request_of_the_same_kind_is_refused(event: Paused | Cancelled) -> None:
    run = Driven(PAIR)
    run.take(event)
    assert run.refuse(event).startswith("ALREADY_")


def test_a_refusal_waits_as_long_as_the_world_asks_and_no_longer_than_a_minute() -> None:
    """R16, I-18: the same jitter on every replica, and a bound on what the world may ask."""
    slow = f"name: slow\n{TOOLS}\ntasks:\n  - {{id: one, type: basic, tool: a, retries: 3}}"
    delays = []
    for asked in (0, 30_000, 10**9):
        run = Driven(slow)
        run.deny(run.open("a"), "BUSY", retryable=True, retry_after=asked)
        delays.append(next(iter(run.lane.timers.values())) - run.now)
    assert 900 <= delays[0] <= 1_100
    assert delays[1:] == [30_000, 60_000]
    again = Driven(slow)
    again.deny(again.open("a"), "BUSY", retryable=True)
    assert next(iter(again.lane.timers.values())) - again.now == delays[0]


def _at_most_once(workflow: str, tool: str) -> Program:
    program = load_workflow(workflow)
    once = msgspec.structs.replace(program.tools[tool], at_most_once=True)
    return msgspec.structs.replace(program, tools=program.tools | {tool: once})
