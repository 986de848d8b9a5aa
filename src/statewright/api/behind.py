"""The steps of one run, from a place on: each record with what it came to, read when somebody asks for it.

What was decided here a moment ago is at hand. Anything else is decided again, by whoever is behind, at its own pace.
"""

from __future__ import annotations

from collections.abc import Iterator

from statewright.api.places import Place, Places
from statewright.api.records import Step, step_of, step_taken
from statewright.app.application import App
from statewright.errors import EXIT_DIVERGED, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.replay import Footing, fold
from statewright.hosts.replay import Step as Decided
from statewright.kernel.journal import GENESIS, ChainBroken, Record
from statewright.kernel.program import Program
from statewright.kernel.state import State

# Records decided again before others have their turn: some 10 ms.
SLICE = 256


class Telling:
    """Somebody who is told of one run's steps. Close it when done."""

    def __init__(self, app: App, places: Places, run: str, *, after: int = 0) -> None:
        self._places = places
        self._run = run
        self._place = Place(places, run, str(after))
        self._behind = Behind(app, run)
        places.keep(run)

    @property
    def state(self) -> State:
        """The run after the last record that had to be decided again; the next one changes it."""
        return self._behind.state

    def steps(self) -> Iterator[Step | None]:
        """Yields what there is to tell, and None wherever others should have their turn.

        After its end, `moved` is worth waiting for.
        """
        while found := self._place.read():
            for told in found:
                taken = self._places.recent(self._run, told.record)
                if taken is not None:
                    yield step_taken(taken)
                else:
                    yield from self._behind.before(told.record)
                    yield step_of(self._behind.decide(told.record))
            yield None

    async def moved(self) -> None:
        """Waits until there may be more to tell."""
        await self._place.moved()

    def wake(self) -> None:
        """Ends the waiting."""
        self._place.wake()

    def close(self) -> None:
        """Is told nothing more."""
        self._place.close()
        self._places.keep_no_more(self._run)


class Behind:
    """A run as its journal tells it, decided again up to where somebody needs it and no further."""

    def __init__(self, app: App, run: str) -> None:
        self._app = app
        self._run = run
        self._program: Program | None = None
        self._footing = Footing(State(), GENESIS)

    @property
    def state(self) -> State:
        """The run after the last record that was decided again."""
        return self._footing.state

    def before(self, record: Record) -> Iterator[None]:
        """Goes on to the record before this one; yields wherever others should have their turn."""
        while (last := self.state.seq) < record.seq - 1:
            store = self._app.store
            for one in self._app.records(self._run, after=last):
                if one.seq == record.seq:
                    break
                self.decide(one)
                if one.seq % SLICE == 0:
                    yield
                    # Meanwhile the folder may have changed hands, and what was being read is closed.
                    if self._app.store is not store:
                        break
            if self.state.seq == last:
                text = f"run {self._run!r} is not kept any more"
                raise StatewrightError("RUN_UNKNOWN", text, exit_code=EXIT_NOT_FOUND)

    def decide(self, record: Record) -> Decided:
        """Decides the next record. Raises `JOURNAL_CORRUPT`, or `RUN_DIVERGED` where this release decides otherwise."""
        app, seen = self._app, list[Decided]()
        if self._program is None:
            self._program = app.program(app.find(self._run).program)
        try:
            folded = fold(
                self._program, (record,), app.blob, footing=self._footing, seen=lambda step, _: seen.append(step)
            )
        except ChainBroken as broken:
            raise app.corrupt(self._run, broken) from broken
        if folded.divergence is not None:
            raise StatewrightError(
                "RUN_DIVERGED",
                f"run {self._run!r}: record {folded.divergence.seq}: {folded.divergence.problem}",
                hint="use the release that performs the run",
                exit_code=EXIT_DIVERGED,
            )
        self._footing = Footing(folded.state, folded.prev, set_aside=folded.set_aside)
        return seen[0]
