"""What must hold of every run, whatever went wrong: the invariants of reliability.md 2.2-2.4 as one-line checks."""

from __future__ import annotations

from collections import Counter

import msgspec

from statewright.hosts.replay import Step, fold
from statewright.hosts.simulated_flights import Performed
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Fired, Refused
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.testing import RUN, TENANT, Finished


def check(program: Program, finished: Finished, told: dict[int, bytes], *, run: str = RUN) -> None:
    """Checks a run at rest. `told` holds the hash of every record that subscribers were told of, by sequence."""
    steps: list[Step] = []
    records = tuple(finished.store.read(TENANT, run))
    state = finished.host.state(TENANT, run)
    folded = fold(program, records, finished.store.blob, seen=lambda step, state: steps.append(step))
    assert folded.divergence is None, folded.divergence
    assert_same(folded.state, state)
    kept = {record.seq: record.hash for record in records}
    assert told.items() <= kept.items(), "a record that was told is lost"
    _no_result_twice(steps)
    _every_attempt_explained(steps, [attempt for attempt in finished.host.performed if attempt.run == run])
    row = finished.store.index(TENANT, run)
    assert row is not None
    assert row.seq == len(records), "the index is not of the last record"
    assert row.status == state.status
    if state.ended:
        assert not state.frames
        assert not state.pending
        assert not state.items


def assert_same(one: State, other: State) -> None:
    """Two states are the same, field by field and byte by byte: the order of keys counts."""
    for name in State.__struct_fields__:
        assert getattr(one, name) == getattr(other, name), name
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def _no_result_twice(steps: list[Step]) -> None:
    events = [step.event for step in steps]
    answered = Counter(event.effect for event in events if isinstance(event, Answered))
    closed = Counter((event.effect, event.attempt) for event in events if isinstance(event, Answered | Refused))
    fired = Counter(event.effect for event in events if isinstance(event, Fired))
    for counter in (answered, closed, fired):
        assert all(count == 1 for count in counter.values()), counter.most_common(1)


def _every_attempt_explained(steps: list[Step], performed: list[Performed]) -> None:
    """No attempt left before its record, none left twice, none without a decision (I-12, I-13)."""
    decided = {
        (effect.id, effect.attempt)
        for step in steps
        if step.decision is not None
        for effect in step.decision.effects
        if isinstance(effect, Call)
    }
    left = Counter((attempt.effect, attempt.attempt) for attempt in performed)
    assert all(count == 1 for count in left.values()), left.most_common(1)
    assert set(left) <= decided
