"""An open project with its data folder: what starts runs, finds them, and looks at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from statewright.api.following import Followers, Watch
from statewright.api.records import Health, IndexRow, Moved
from statewright.api.runs import Run
from statewright.app.application import App
from statewright.app.ids import new_run_id
from statewright.kernel.values import Json
from statewright.language.loader import Loaded
from statewright.settings.place import Settings

__all__ = ["Project", "new_run_id"]


class Project:
    """An open project."""

    def __init__(self, app: App) -> None:
        self.settings: Settings = app.settings
        self.loaded: Loaded | None = app.loaded  # None where only the data folder is open
        self.notices = app.notices  # warnings about the data folder
        self.workflows = tuple(app.loaded.programs) if app.loaded is not None else ()
        self._app = app
        self._followers = Followers(app)

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

    def _run(self, row: IndexRow) -> Run:
        return Run(self._app, self._followers, row.run, row.workflow)
