"""Tells of records as they are committed: those of one run, or of all that somebody watches, with their children."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from statewright.api.behind import Behind, Told
from statewright.api.records import Outcome, Step, step_taken
from statewright.app.application import App
from statewright.app.ids import now
from statewright.hosts.awaiting import awaited
from statewright.hosts.lane import Taken
from statewright.kernel.program import Program
from statewright.kernel.state import State

__all__ = ["Followers", "Watch", "now"]


class Followers:
    """Those who are told of a run's records, by run; a run that nobody follows costs nothing.

    What this process performs is told as it is committed; what the folder's owner performs is read behind it.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_run: dict[str, list[tuple[Told, Behind]]] = {}
        self._watching: list[Watch] = []
        app.listen(self._told)

    @contextmanager
    def following(self, run: str, told: Told) -> Iterator[Behind]:
        """Tells somebody of every record of the run that is to come, as long as the context lasts."""
        behind = Behind(self._app, run, told)
        followers = self._by_run.setdefault(run, [])
        followers.append((told, behind))
        try:
            yield behind
        finally:
            behind.leave()
            followers.remove((told, behind))
            if not followers:
                self._by_run.pop(run, None)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Gives somebody who is shown what happens to runs and their children, as long as the context lasts."""
        watch = Watch(self._app)
        self._watching.append(watch)
        try:
            yield watch
        finally:
            self._watching.remove(watch)

    def _told(self, taken: Taken, state: State) -> None:
        followers = [told for told, behind in self._by_run.get(state.run, ()) if not behind.is_reading]
        followers += [watch.told for watch in self._watching if watch.stir(state)]
        if followers:
            step = step_taken(taken)
            for told in followers:
                told(step, state)


class Watch:
    """Runs that somebody looks at while they go on. What happens is kept until it is asked for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._workflows: dict[str, str] = {}
        self._steps: list[tuple[str, Step]] = []
        # The runs that are watched and the children of runs, as they stand, and those of them that have changed.
        self._states: dict[str, State] = {}
        self._stirred: set[str] = set()
        # Those that another process performs.
        self._behind: dict[str, Behind] = {}

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
        """Looks at this run from now on; `state` is what it has done before."""
        self._workflows[run] = workflow
        self._stirred.add(run)
        if state is not None:
            self._states[run] = state

    def forget(self, run: str) -> None:
        """Looks at it no longer."""
        self._workflows.pop(run, None)

    def taken(self) -> list[tuple[str, Step]]:
        """Returns what happened since this was asked last, in order."""
        steps, self._steps = self._steps, []
        return steps

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
        known = self._states.get(run)
        behind = self._behind[run] = Behind(self._app, run, self.told, after=known.seq if known is not None else 0)
        try:
            state = await self._app.ended(run)
            await behind.until(state.seq)
        finally:
            behind.leave()
        is_suspended = not state.ended and self._app.find(run).status == "suspended"
        self._states[run] = state
        waits = () if state.ended or is_suspended else awaited(run, self._known, now())
        return Outcome(self._workflows[run], "suspended" if is_suspended else state.status, state, waits)

    def stir(self, state: State) -> bool:
        """Takes note of a run that has changed, and says whether it is one whose records are told from here."""
        run = state.run
        is_watched = run in self._workflows
        if is_watched or state.parent:
            self._states[run] = state
        self._stirred |= self._lineage(run)
        return is_watched and not (run in self._behind and self._behind[run].is_reading)

    def told(self, step: Step, state: State) -> None:
        """Keeps a record of a watched run."""
        self._states[state.run] = state
        self._stirred.add(state.run)
        self._steps.append((state.run, step))

    def _lineage(self, run: str) -> set[str]:
        found = set()
        while run:
            found.add(run)
            run = self._states[run].parent.rpartition(":")[0] if run in self._states else ""
        return found

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
