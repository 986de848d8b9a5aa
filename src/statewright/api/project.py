"""An open project with its data folder: what starts runs, finds them, and looks at all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from statewright.api.following import Followers, Watch
from statewright.api.places import Places
from statewright.api.records import Fact, Health, IndexRow, Moved, fact_of
from statewright.api.runs import Run
from statewright.app.application import App
from statewright.app.ids import new_run_id
from statewright.kernel.journal import ChainBroken
from statewright.kernel.values import Json
from statewright.language.loader import Loaded
from statewright.settings.place import Settings
from statewright.store.feed import Told

__all__ = ["Project", "new_run_id"]


class Project:
    """An open project."""

    def __init__(self, app: App, places: Places) -> None:
        self.settings: Settings = app.settings
        self.loaded: Loaded | None = app.loaded  # None where only the data folder is open
        self.notices = app.notices  # warnings about the data folder
        self.workflows = tuple(app.loaded.programs) if app.loaded is not None else ()
        self._app = app
        self._places = places
        self._followers = Followers(app, places)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data

    async def start(self, workflow: str, input: Json = None, *, id: str = "", seed: str = "", key: str = "") -> Run:
        """Starts a run; it is durable when this returns. The same seed draws the same random values.

        With a key, starting again with the same input gives the same run; with another input it raises
        `IDEMPOTENCY_CONFLICT`.
        """
        return self.find(await self._app.start(workflow, input, run=id, seed=seed, key=key))

    async def begin(self, workflow: str, input: Json = None, *, id: str = "", seed: str = "", key: str = "") -> Run:
        """Makes the start of a run durable and performs nothing of it: whoever resumes or recovers it does."""
        return self.find(await self._app.begin(workflow, input, run=id, seed=seed, key=key))

    def find(self, run: str) -> Run:
        """Returns a run by its id, by a beginning that fits one run only, or by `last`."""
        return self._run(self._app.find(run))

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[Run]:
        """Returns the newest runs first."""
        return [self._run(row) for row in self.rows(workflow=workflow, status=status, limit=limit)]

    def rows(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[IndexRow]:
        """Returns what the index says of the newest runs: many of them cost no more than one look."""
        return self._app.runs(workflow=workflow, status=status, limit=limit)

    async def follow(self, *, after: str = "") -> AsyncGenerator[Fact, None]:
        """Yields what happens to all runs, in the order in which it was committed: what is kept, then what is to come.

        It has no end. Whoever begins again after the `cursor` of a fact is given what follows it, once and without a
        gap. Raises `CURSOR_INVALID`; `CURSOR_EXPIRED` where what follows is not kept any more; and `SLOW_CONSUMER`
        where thousands of records came before the next was asked for: nothing is lost, follow again.
        """
        with self._places.at(after=after, is_patient=False) as place:
            while True:
                found = place.read()
                for told in found:
                    yield self._fact(told)
                if found:
                    await asyncio.sleep(0)
                else:
                    await place.moved()

    def latest(self) -> str:
        """Returns the cursor behind all that is committed: with it, `follow` gives only what is to come."""
        return self._places.feed().latest()

    async def recover(self) -> int:
        """Takes up every run that a stopped process left; returns how many."""
        return await self._app.recover()

    def health(self) -> Health:
        """Checks every stored byte, as it is at this moment; `soundness.proven` also decides every run again."""
        return self._app.health()

    def export(self, write: Callable[[bytes], object], run: str = "") -> Moved:
        """Writes a run, or every run where none is named, as JSON Lines: each line without its end."""
        return self._app.export(run, write)

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Gives somebody who is to look at several runs, with their children, while they go on."""
        with self._followers.watching() as watch:
            yield watch

    @property
    def owner(self) -> int:
        """The process that performs what is asked here, by its number; 0 where it is this one."""
        return self._app.owner

    def _fact(self, told: Told) -> Fact:
        try:
            return fact_of(told)
        except ChainBroken as broken:
            raise self._app.corrupt(told.run, broken) from broken

    def _run(self, row: IndexRow) -> Run:
        return Run(self._app, self._places, row.run, row.workflow)
