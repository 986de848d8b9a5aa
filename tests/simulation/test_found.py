"""What the swarm found in earnest, each as the plainest case that shows it; and two hosts on one disk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.hosts.chance import Streams, seeded
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.events import Received
from statewright.store.contract import Acknowledge, Append
from statewright.store.memory import MemoryStore
from statewright.testing import RUN, TENANT, Line, Script, started
from tests.conformance import corpus

Fails = Callable[[Append], bool]


class FailingOnce(MemoryStore):
    """Says of one record that it could not be written; `written` says whether it was."""

    def __init__(self, fails: Fails, *, written: bool) -> None:
        super().__init__(hand_back=lambda acknowledge: acknowledge())
        self._fails = fails
        self._written = written
        self.failed = 0

    def append(self, entry: Append, done: Acknowledge) -> None:
        """Writes a record, or fails."""
        if self.failed or not self._fails(entry):
            super().append(entry, done)
            return
        self.failed += 1
        if self._written:
            super().append(entry, lambda failed: None)
        done(StatewrightError("DISK_FULL", "the disk of this test is full for a moment"))


def _ran(name: str, store: MemoryStore) -> SimulatedHost:
    case = corpus.case(name)
    programs = {**case.workflows.by_digest, case.program.digest: case.program}
    host = SimulatedHost(store, case.world(), programs.__getitem__, library=case.workflows)
    for beside in case.runs:
        offered = case.workflows.find(beside.workflow)
        assert offered is not None
        host.start(offered.program, started(offered.program, beside.input, at=host.now, run=beside.run))
        host.step()
    host.start(case.program, started(case.program, case.input, at=host.now))
    host.settle()
    return host


@pytest.mark.parametrize("written", [False, True])
def test_a_child_whose_start_failed_is_started_again_or_found(written: bool) -> None:
    """I-06: its parent waited for ever, for a child that nobody began."""
    store = FailingOnce(lambda entry: entry.index.run != RUN and entry.record.seq == 1, written=written)
    host = _ran("workflow", store)
    assert store.failed
    assert host.state(TENANT, RUN).status == "done"
    assert len(store.runs(TENANT)) == 2


def test_a_child_of_whose_end_nobody_knew_that_it_was_written_still_answers() -> None:
    """I-06: read again it had ended, so nothing of it was ever committed again."""
    store = FailingOnce(lambda entry: entry.index.run != RUN and entry.index.status == "done", written=True)
    host = _ran("workflow", store)
    assert store.failed
    assert host.state(TENANT, RUN).status == "done"


@pytest.mark.parametrize("written", [False, True])
def test_a_signal_that_a_run_could_not_keep_is_told_again_and_heard_once(written: bool) -> None:
    """I-06 and R14."""
    store = FailingOnce(lambda entry: b'"type":"Received"' in entry.record.body, written=written)
    host = _ran("signal", store)
    assert store.failed
    assert host.state(TENANT, RUN).status == "done"
    for row in store.runs(TENANT):
        bodies = [record.body for record in store.read(TENANT, row.run)]
        assert sum(b'"type":"Received"' in body for body in bodies) <= 1


def test_a_host_that_was_taken_over_from_records_and_begins_nothing() -> None:
    """I-15: it learns so from the disk, and stops; what it had decided was never true."""
    case = corpus.case("wait")
    store = MemoryStore(hand_back=lambda acknowledge: acknowledge())
    world = Script([Line(value={"n": 1})])

    def opened(streams: Streams) -> SimulatedHost:
        return SimulatedHost(store, world, {case.program.digest: case.program}.__getitem__, seed=streams)

    zombie = opened(seeded(None))
    zombie.start(case.program, started(case.program, case.input, at=zombie.now))
    zombie.step()
    decided: list[object] = []
    signal = Received(at=zombie.now, name="approved", payload={"by": "zombie"})
    assert zombie.deliver(TENANT, RUN, signal, decided.append) is None
    heir = opened(msgspec.structs.replace(seeded(None), begins=zombie.now))
    heir.recover()
    assert heir.deliver(TENANT, RUN, Received(at=heir.now, name="approved", payload={"by": "heir"})) is None
    heir.settle()
    before, calls = list(store.read(TENANT, RUN)), len(world.calls)
    zombie.settle()
    assert zombie.fenced
    assert [getattr(outcome, "code", "") for outcome in decided] == ["JOURNAL_POSITION"]
    assert list(store.read(TENANT, RUN)) == before
    assert len(world.calls) == calls
