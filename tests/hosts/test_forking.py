"""A fork decides what the other run decided, under ids of its own, and owns only what it will do itself (ADR 0012)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from statewright.errors import StatewrightError
from statewright.hosts.awaiting import awaited
from statewright.hosts.editing import Change
from statewright.hosts.forking import Cut, Forked, first_of, fork
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.replay import Step, fold
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.effects import Timer
from statewright.kernel.events import Answered, Paused, Unpaused
from statewright.kernel.journal import Record
from statewright.kernel.program import Program
from statewright.kernel.state import Pending, State
from statewright.testing import RUN, TENANT, Script, instant_store, load_workflow, run, started
from tests.conformance import corpus
from tests.hosts.faulty import with_a_bug
from tests.kernel.states import STARTING, ran, steps

FORK = "run-01forkforkforkforkfork"
LATER = 10_000_000
KNOWS_ITSELF = """
name: self
tasks:
  - {id: count, type: basic, with: {letters: "{{ len .workflow.exec_id }}"}}
"""
ASKS = """
name: asks
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - {id: get, type: basic, tool: fetch}
"""


def forked(name: str, cut: Cut, *, later: int = 0) -> Forked:
    recorded = steps(name)
    now = recorded[cut.seq - 1].entry.at + later
    return fork(corpus.case(name).program, recorded, cut, ran(name).store.blob, run=FORK, now=now)


def cuts(count: int) -> list[int]:
    """Returns the first records, the last one, and some between."""
    return sorted({1, 2, 3, count, *(count * part // 4 for part in (1, 2, 3))} & set(range(1, count + 1)))


@pytest.mark.parametrize("name", STARTING)
def test_every_run_can_be_forked_anywhere_and_no_answer_is_lost(name: str) -> None:
    recorded = steps(name)
    for seq in cuts(len(recorded)):
        made = forked(name, Cut(seq), later=LATER)
        assert made.anew == ()
        records = [append.record for append in made.appends]
        blobs = {digest: data for append in made.appends for digest, data in append.blobs}
        again = fold(corpus.case(name).program, records, blobs.get)
        assert again.divergence is None
        assert again.state.run == FORK
        assert all(id.startswith(f"{FORK}:") for id in again.state.pending)
        assert not any(_is_issued(pending) for pending in again.state.pending.values())


@pytest.mark.parametrize("name", STARTING)
def test_a_fork_that_is_let_go_on_comes_to_rest(name: str) -> None:
    case, recorded = corpus.case(name), steps(name)
    for seq in cuts(len(recorded)):
        made, store = forked(name, Cut(seq)), instant_store()
        for append in made.appends:
            store.append(append, lambda failed: None)
        programs = {**case.workflows.by_digest, case.program.digest: case.program}
        host = SimulatedHost(store, case.world(), programs.__getitem__, library=case.workflows)
        if not made.lane.state.ended:
            assert host.deliver(TENANT, FORK, Unpaused(at=made.lane.state.at)) is None
            host.settle()
        state = fold(case.program, store.read(TENANT, FORK), store.blob).state
        assert state.ended or _waits(state, case.program)


def test_what_is_open_at_the_cut_is_kept_back() -> None:
    made = forked("tool", Cut(1))
    assert [pending.status for pending in made.lane.state.pending.values()] == ["held"]
    assert made.lane.state.paused
    assert made.lane.owes == 0


def test_no_time_passes_for_a_fork_between_the_cut_and_its_birth() -> None:
    at_once, later = _due(forked("retry", Cut(2))), _due(forked("retry", Cut(2), later=LATER))
    assert at_once
    assert {id: due + LATER for id, due in at_once.items()} == later


def test_steps_that_have_ended_are_the_other_runs_to_undo() -> None:
    recorded = steps("compensate_step_3")
    noting = [step.entry.seq for step in recorded if step.decision is not None and step.decision.patch.undo]
    made = forked("compensate_step_3", Cut(noting[1]))
    assert [undo.path for undo in made.lane.state.undo.values() if undo.path not in made.lane.state.frames] == []


def test_a_fork_says_where_it_comes_from() -> None:
    made = forked("tool", Cut(1))
    event = made.appends[-1].record.body
    assert b'"origin":"%b:1"' % RUN.encode() in event
    assert Paused(at=0).origin == ""


def test_a_changed_input_must_fit_its_schema() -> None:
    with pytest.raises(StatewrightError) as refused:
        forked("input_defaults", Cut(1, (Change("input", 7),)))
    assert refused.value.code == "INPUT_INVALID"


def test_a_beginning_that_knows_its_runs_id_is_not_copied() -> None:
    program = load_workflow(KNOWS_ITSELF)
    recorded = _steps(program, run(program, {}, Script()).records)
    with pytest.raises(StatewrightError, match=r"under another id, in results\.count") as refused:
        fork(program, recorded, Cut(1), no_blob, run=FORK, now=0)
    assert refused.value.code == "FORK_DIVERGED"


def test_a_fork_begins_before_what_a_fault_of_ours_set_aside() -> None:
    program = load_workflow(ASKS)
    lane = Lane(with_a_bug(program), no_blob)
    taken = lane.take(started(program, {}, at=0)), lane.take(Answered(at=1, effect=f"{RUN}:1.0", value=1))
    recorded = _steps(program, [one.append.record for one in taken if isinstance(one, Taken)])
    with pytest.raises(StatewrightError) as refused:
        fork(program, recorded, Cut(2), no_blob, run=FORK, now=1)
    assert (refused.value.code, refused.value.hint) == ("FORK_SUSPENDED", "fork before it: --at 1")
    assert fork(program, recorded, Cut(1), no_blob, run=FORK, now=1).lane.state.run == FORK


def test_a_task_is_found_where_it_began() -> None:
    recorded = steps("collection_sequential")
    assert first_of(recorded, "each[1]") > first_of(recorded, "each[0]") > 0
    assert first_of(recorded, "nobody") == 0


def no_blob(digest: str) -> None:
    """Nothing in these runs is large."""


def _steps(program: Program, records: Sequence[Record]) -> list[Step]:
    found: list[Step] = []
    fold(program, records, no_blob, seen=lambda step, _: found.append(step))
    return found


def _is_issued(pending: Pending) -> bool:
    return pending.status == "issued" and not isinstance(pending.effect, Timer)


def _waits(state: State, program: Program) -> bool:
    return bool(awaited(FORK, lambda run: (state, program), state.at))


def _due(made: Forked) -> dict[str, int]:
    return {id: one.effect.due for id, one in made.lane.state.pending.items() if isinstance(one.effect, Timer)}
