"""Stands at the disk and at the world's door, and holds what it sees against the promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.hosts.lane import Taken
from statewright.hosts.replay import decide_with_blobs
from statewright.kernel.decision import Decision
from statewright.kernel.effects import Call
from statewright.kernel.journal import ChainBroken, open_record
from statewright.kernel.program import Program
from statewright.kernel.state import State, apply
from statewright.store.contract import Append
from statewright.store.memory import MemoryStore
from statewright.store.transfer import blobs_in
from tests.simulation import promises
from tests.simulation.promises import Rest, Table
from tests.simulation.story import Seen, Story


class Broken(AssertionError):
    """Raised where a promise is broken; `promise` is its name."""

    def __init__(self, promise: str, told: str) -> None:
        super().__init__(f"{promise}: {told}")
        self.promise = promise


class Witness:
    """Sees every record that becomes durable, every telling, and every call that leaves."""

    def __init__(self, store: MemoryStore, programs: Callable[[str], Program]) -> None:
        self.stories: dict[str, Story] = {}
        self.records = 0
        self._store = store
        self._programs = programs

    def recorded(self, entry: Append) -> None:
        """Folds one more record, decided again from the stored bytes, and checks it."""
        self.records += 1
        run = entry.index.run
        story = self.stories.get(run)
        if story is None:
            story = self.stories[run] = Story(self._programs(entry.index.program))
        state = story.state
        try:
            opened = open_record(story.prev, entry.record, state.seq + 1)
        except ChainBroken as broken:
            raise Broken(promises.CHAINED, f"{run}: {broken}") from broken
        event = opened.decoded()
        outcome = decide_with_blobs(story.program, state, event, self._store.blob)
        if not isinstance(outcome, Decision):
            raise Broken(promises.DECIDED, f"{run} {opened.seq}: {outcome}")
        visits = {path: frame.visit for path, frame in state.frames.items()}
        before = (state.at, state.ended, state.paused, visits, tuple(state.undo.items()))
        apply(state, outcome.patch, seq=opened.seq, at=event.at)
        story.prev = entry.record.hash
        story.hashes.append(entry.record.hash)
        story.take(event, outcome.effects)
        seen = Seen(entry, event, opened.digest, outcome, self._indexed(run, state), self._whole(entry), *before)
        self._hold(promises.RECORDED, run, story, seen)

    def told(self, taken: Taken, state: State) -> None:
        """Checks that listeners hear of nothing that is not durable."""
        self.acknowledged(state.run, taken)

    def acknowledged(self, run: str, taken: Taken) -> None:
        """Checks that what somebody was told is in the journal."""
        record = taken.append.record
        story = self.stories.get(run)
        if story is None or story.hashes[record.seq - 1 : record.seq] != [record.hash]:
            raise Broken(promises.ACKNOWLEDGED, f"{run} {record.seq}: {type(taken.event).__name__}")

    def leaves(self, run: str, call: Call) -> None:
        """Checks an attempt at the moment when it leaves the process."""
        story = self.stories.get(run)
        if story is None:
            raise Broken(promises.EXPLAINED, f"{run}: {call}")
        story.leave(call)
        self._hold(promises.LEAVING, run, story, call)

    def rested(self, rest: Callable[[str], Rest]) -> None:
        """Checks every run once nothing happens any more."""
        for run, story in list(self.stories.items()):
            self._hold(promises.AT_REST, run, story, rest(run))

    def _indexed(self, run: str, state: State) -> bool:
        row = self._store.index(state.tenant, run)
        return row is not None and (row.seq, row.status, row.updated_at) == (state.seq, state.status, state.at)

    def _whole(self, entry: Append) -> bool:
        return all(self._store.blob(digest) is not None for digest in blobs_in(entry.record.body))

    def _hold(self, table: Table, run: str, story: Story, seen: Any) -> None:
        for promise, holds in table.items():
            if not holds(story, seen):
                raise Broken(promise, f"{run}, record {story.state.seq}")
