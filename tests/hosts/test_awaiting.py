"""A run waits for somebody where nothing of it can go on by itself, and then it is known for whom."""

from __future__ import annotations

from statewright.hosts.awaiting import PATIENCE_MS, Awaited, awaited
from statewright.kernel.effects import Call, Spawn, Timer, child_id
from statewright.kernel.program import Program
from statewright.kernel.state import Frame, Pending, State
from tests.conformance import corpus


def program() -> Program:
    return corpus.case("wait_on_timeout").program


def listening(**pending: Pending) -> State:
    node = next(node for node in program().nodes.values() if node.kind.name == "wait")
    frame = Frame(node=node.key, parent="", at=0, visit=1, memory={"name": "word", "cursor": 0})
    return State(run="r", status="running", frames={"gate": frame}, pending=pending)


def waits(state: State, **children: State) -> tuple[Awaited, ...]:
    states = {"r": state, **children}
    return awaited("r", lambda run: (states[run], program()) if run in states else None, 0)


def timer(due: int) -> Pending:
    return Pending(effect=Timer(id="t", due=due), frame="gate")


def test_a_signal_is_waited_for() -> None:
    assert waits(listening()) == (Awaited("r", "signal", "word", "gate"),)


def test_a_timer_that_is_near_is_waited_out_and_one_far_away_is_not() -> None:
    assert waits(listening(t=timer(PATIENCE_MS - 1))) == ()
    assert waits(listening(t=timer(PATIENCE_MS))) == (Awaited("r", "signal", "word", "gate"),)


def test_a_call_that_is_under_way_may_still_answer() -> None:
    call = Call(id="c", kind="tool", target="x")
    assert waits(listening(c=Pending(effect=call, frame="other"))) == ()
    doubt = Pending(effect=call, frame="other", status="unknown")
    assert waits(listening(c=doubt))[0] == Awaited("r", "outcome", "c", "other")


def test_a_pause_is_waited_for() -> None:
    state = listening(c=Pending(effect=Call(id="c", kind="tool", target="x"), frame="other", status="held"))
    state.paused = True
    assert [one.kind for one in waits(state)] == ["pause", "signal"]


def test_what_a_child_waits_for_its_parent_waits_for() -> None:
    spawn = Pending(effect=Spawn(id="r:1.0", workflow="child"), frame="sub")
    child = listening()
    child.run = child_id("r:1.0")
    parent = State(run="r", status="running", pending={"r:1.0": spawn})
    assert waits(parent, **{child.run: child}) == (Awaited(child.run, "signal", "word", "gate"),)
    assert waits(parent) == ()


def test_a_run_that_has_ended_waits_for_nobody() -> None:
    state = listening()
    state.status = "done"
    assert waits(state) == ()
