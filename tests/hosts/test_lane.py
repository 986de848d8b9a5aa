"""A lane: facts are never lost, time never runs back, values are strict, large ones lie beside the journal."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest

from statewright.hosts.lane import Lane, Taken
from statewright.hosts.replay import fold
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, AnyEvent, Cancelled, Migrated, Paused, Received, Refused, Terminated
from statewright.kernel.journal import Record, open_record
from statewright.kernel.program import Program
from statewright.kernel.values import INLINE_BYTES_MAX
from statewright.testing import load_workflow, started
from tests.hosts.faulty import with_a_bug

ASK = """
name: ask
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - {id: get, type: basic, tool: fetch, with: {given: "{{ .workflow.input }}"}}
"""
TWO = """
name: two
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - id: both
    type: parallel
    tasks:
      - {id: one, type: basic, tool: fetch}
      - {id: other, type: basic, tool: fetch}
"""


def test_an_answer_that_meets_a_bug_of_ours_is_kept_and_parks_the_run() -> None:
    """R1: the fact is in the journal, marked; nothing is asked again, and what else comes is kept or refused."""
    lane, records = _lane(with_a_bug(load_workflow(ASK)))
    before = copy.deepcopy(lane.state)
    taken = _take(lane, Answered(at=20, effect="run-1:1.0", value={"n": 1}))
    records.append(taken.append.record)
    assert lane.suspended == "KERNEL_FAULT"
    assert taken.effects == ()
    assert taken.append.index.status == "suspended"
    assert taken.append.index.owes == 0
    assert lane.state.frames == before.frames
    refused = lane.take(Cancelled(at=30))
    assert isinstance(refused, Rejected)
    assert refused.code == "RUN_SUSPENDED"
    folded = fold(lane.program, records, lambda digest: None)
    assert folded.suspended == "KERNEL_FAULT"
    assert folded.state == lane.state


def test_an_event_from_outside_that_meets_a_bug_of_ours_is_not_kept() -> None:
    """R1: whoever sent it hears of the fault, and the run goes on."""
    program = load_workflow(ASK)
    lane, _ = _lane(program)
    lane.program = msgspec.structs.replace(program, nodes={})
    before = copy.deepcopy(lane.state)
    with pytest.raises(KeyError):
        lane.take(Cancelled(at=20))
    assert not lane.suspended
    assert lane.state == before


def test_time_never_runs_back_in_a_journal() -> None:
    """R16: `at` is never before the previous record's."""
    lane, _ = _lane(load_workflow(ASK), at=1_000)
    taken = _take(lane, Paused(at=900))
    assert taken.event.at == 1_000
    assert lane.state.at == 1_000


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "NUMBER_NOT_FINITE"),
        ({3: "x"}, "VALUE_KEY"),
        ((1, 2), "VALUE_TYPE"),
        ({"x": {1, 2}}, "VALUE_TYPE"),
        ("\ud800", "TEXT_INVALID_CHARACTER"),
    ],
)
def test_what_is_not_a_value_is_refused_at_the_door(value: Any, code: str) -> None:
    """R6: nothing is bent silently; the journal would say something else than the caller."""
    lane = Lane(load_workflow(ASK), lambda digest: None)
    for event in (started(lane.program, value, at=1), Received(at=1, name="x", payload=value)):
        refused = lane.take(event)
        assert isinstance(refused, Rejected)
        assert refused.code == code
    assert lane.state.seq == 0


def test_nobody_can_change_a_value_behind_the_kernel() -> None:
    """R6: the kernel sees the decoded copy of the stored bytes only."""
    given = {"list": [1]}
    program = load_workflow(ASK)
    lane = Lane(program, lambda digest: None)
    _take(lane, started(program, given, at=1))
    given["list"].append(2)
    assert lane.state.input == {"list": [1]}


def test_a_forged_reference_stays_plain_data() -> None:
    """R7: in the journal's bytes it is escaped, and the state holds the map that the caller sent."""
    forged = {"$ref": "secret", "name": "TOKEN", "$$ref": {"$ref": "blob", "digest": "x", "size": 1}}
    lane, records = _lane(load_workflow(ASK), input=forged)
    assert lane.state.input == forged
    assert b'"$$ref":"secret"' in records[0].body
    call = next(iter(lane.state.pending.values())).effect
    assert getattr(call, "request", None) == {"input": {"given": forged}}


def test_a_large_value_lies_beside_the_journal() -> None:
    """R12: the record holds its digest, and what the digest names travels with the append."""
    lane, _ = _lane(load_workflow(ASK))
    taken = _take(lane, Answered(at=20, effect="run-1:1.0", value={"text": "x" * INLINE_BYTES_MAX}))
    assert len(taken.append.record.body) < 2_000
    ((digest, data),) = taken.append.blobs
    assert len(data) > INLINE_BYTES_MAX
    assert digest.encode() in taken.append.record.body
    assert lane.state.status == "done"


def test_the_index_counts_what_the_world_owes_and_when_the_run_is_due() -> None:
    """R15: a host must know after a restart, without opening the journal."""
    lane, _ = _lane(load_workflow(ASK.replace("tool: fetch,", "tool: fetch, retries: 1,")))
    assert (lane.row().owes, lane.row().next_due) == (1, 0)
    _take(lane, Refused(at=20, effect="run-1:1.0", code="BUSY", retryable=True))
    row = lane.row()
    assert row.owes == 0
    assert 20 + 900 <= row.next_due <= 20 + 1_100


def test_a_record_holds_the_bytes_that_the_event_was_encoded_to() -> None:
    """R6: encoded once, in the order given."""
    _, records = _lane(load_workflow(ASK), input={"z": 1, "a": {"y": 2, "b": 3}})
    entry = open_record(bytes(32), records[0], 1)
    assert b'"input":{"z":1,"a":{"y":2,"b":3}}' in bytes(entry.event)


def _lane(program: Program, *, input: Any = None, at: int = 10) -> tuple[Lane, list[Record]]:
    lane = Lane(program, lambda digest: None)
    taken = _take(lane, started(program, input, at=at))
    return lane, [taken.append.record]


def _take(lane: Lane, event: AnyEvent) -> Taken:
    taken = lane.take(event)
    assert isinstance(taken, Taken), taken
    return taken


def test_a_parked_run_goes_on_with_what_was_set_aside_once_the_bug_is_mended() -> None:
    """R1: the next `Migrated` digests the facts that nobody could digest; replay sees the same."""
    program = load_workflow(ASK)
    lane, records = _lane(with_a_bug(program))
    records.append(_take(lane, Answered(at=20, effect="run-1:1.0", value={"n": 1})).append.record)
    with pytest.raises(ZeroDivisionError):
        lane.take(Migrated(at=25, program=program.digest, logic=1))
    lane.program = program
    taken = _take(lane, Migrated(at=30, program=program.digest, logic=1))
    records.append(taken.append.record)
    assert not lane.suspended
    assert taken.append.index.status != "suspended"
    assert "run-1:1.0" not in lane.state.pending
    folded = fold(program, records, lambda digest: None)
    assert folded.divergence is None
    assert folded.state == lane.state


def test_what_nobody_answered_while_a_run_was_parked_is_issued_again() -> None:
    """R1, R4: the host that mends it is a new one, so a call under way then is the next attempt now."""
    program = load_workflow(TWO)
    lane, _ = _lane(with_a_bug(program))
    _take(lane, Answered(at=20, effect="run-1:1.0", value={"n": 1}))
    lane.program = program
    taken = _take(lane, Migrated(at=30, program=program.digest, logic=1))
    (again,) = [effect for effect in taken.effects if isinstance(effect, Call) and effect.id == "run-1:1.1"]
    assert again.attempt == 2


def test_a_parked_run_can_be_terminated() -> None:
    """R11: `Terminated` skips everything, what was set aside too."""
    program = load_workflow(ASK)
    lane, records = _lane(with_a_bug(program))
    records.append(_take(lane, Answered(at=20, effect="run-1:1.0", value={"n": 1})).append.record)
    records.append(_take(lane, Terminated(at=30)).append.record)
    assert lane.state.status == "terminated"
    folded = fold(program, records, lambda digest: None)
    assert folded.divergence is None
    assert folded.state == lane.state
