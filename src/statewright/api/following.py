"""Shows what happens to runs and their children while they go on, whoever performs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from statewright.api.behind import Telling
from statewright.api.places import Places
from statewright.api.records import Outcome, Step
from statewright.app.application import App
from statewright.app.ids import now
from statewright.hosts.awaiting import awaited
from statewright.hosts.lane import Taken
from statewright.kernel.program import Program
from statewright.kernel.state import State

__all__ = ["Followers", "Watch", "now"]


class Followers:
    """Those who look at several runs of an open project."""

    def __init__(self, app: App, places: Places) -> None:
        self._app = app
        self._places = places
        self._watching: list[Watch] = []
        app.listen(self._told)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Gives somebody who is shown what happens to runs and their children, as long as the context lasts."""
        watch = Watch(self._app, self._places)
        self._watching.append(watch)
        try:
            yield watch
        finally:
            self._watching.remove(watch)
            watch.close()

    def _told(self, _: Taken, state: State) -> None:
        for watch in self._watching:
            watch.stir(state)


class Watch:
    """Runs that somebody looks at while they go on. What happened to them is read when it is asked for."""

    def __init__(self, app: App, places: Places) -> None:
        self._app = app
        self._places = places
        self._workflows: dict[str, str] = {}
        self._tellings: dict[str, Telling] = {}
        # The runs that are watched and the children of runs, as they stand, and those of them that have changed.
        self._states: dict[str, State] = {}
        self._stirred: set[str] = set()

    @property
    def owner(self) -> int:
        """The process that performs these runs, by its number; 0 where it is this one."""
        return self._app.owner

    @property
    def runs(self) -> dict[str, str]:
        """The expected runs with their workflows."""
        return self._workflows

    async def drain(self, grace_s: float) -> None:
        """Takes nothing new on in this process, and lets what is under way come to an end within the grace."""
        await self._app.drain(grace_s)

    def expect(self, run: str, workflow: str, state: State | None = None) -> None:
        """Looks at this run from now on, which need not have begun; `state` is what it has done before."""
        self.forget(run)
        self._workflows[run] = workflow
        self._stirred.add(run)
        self._tellings[run] = Telling(self._app, self._places, run, after=0 if state is None else state.seq)
        if state is not None:
            self._states[run] = state

    def forget(self, run: str) -> None:
        """Looks at it no longer."""
        self._workflows.pop(run, None)
        if run in self._tellings:
            self._tellings.pop(run).close()

    def close(self) -> None:
        """Looks at nothing any more."""
        for run in list(self._tellings):
            self.forget(run)

    def taken(self) -> Iterator[tuple[str, Step]]:
        """Yields what happened since this was asked last, each run's in order."""
        for run, telling in list(self._tellings.items()):
            if not self._has_begun(run):
                continue
            for step in telling.steps():
                if step is not None:
                    yield run, step
            # Where another process performs the run, nobody else tells how it stands.
            if telling.state.seq > (self._states[run].seq if run in self._states else 0):
                self._states[run] = telling.state
                self._stirred.add(run)

    def waits(self, run: str) -> Outcome | None:
        """Returns the run where it waits for somebody, however long that may be; None where nothing new is known."""
        if self._app.owner:
            # Nobody tells of its children, and what was told of itself may not have been read yet.
            if self._is_old(run):
                return None
        elif run not in self._stirred:
            return None
        self._stirred.discard(run)
        waits = awaited(run, self._known, now())
        if not waits:
            return None
        state = self._states[run]
        return Outcome(self._workflows[run], state.status, state, waits)

    async def ended(self, run: str) -> Outcome:
        """Waits until the run has ended, is suspended, or a person must say what became of something."""
        state = await self._app.ended(run)
        is_suspended = not state.ended and self._app.find(run).status == "suspended"
        self._states[run] = state
        waits = () if state.ended or is_suspended else awaited(run, self._known, now())
        return Outcome(self._workflows[run], "suspended" if is_suspended else state.status, state, waits)

    def stir(self, state: State) -> None:
        """Takes note of a run that has changed here."""
        run = state.run
        if run in self._workflows or state.parent:
            self._states[run] = state
        self._stirred |= self._lineage(run)

    def _lineage(self, run: str) -> set[str]:
        found = set()
        while run:
            found.add(run)
            run = self._states[run].parent.rpartition(":")[0] if run in self._states else ""
        return found

    def _has_begun(self, run: str) -> bool:
        return self._app.store.index(self._app.settings.tenant, run) is not None

    def _known(self, run: str) -> tuple[State, Program] | None:
        if run in self._states and not (self._app.owner and self._is_old(run)):
            state = self._states[run]
            return state, self._app.program(state.program)
        known = self._app.known(run)
        if known is not None:
            self._states[run] = known[0]
        return known

    def _is_old(self, run: str) -> bool:
        """Says whether the run has gone on since what is known of it."""
        return run in self._states and self._app.find(run).seq > self._states[run].seq
