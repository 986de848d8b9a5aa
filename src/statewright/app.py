"""The application: a project and its data folder, opened and wired. The only file that names implementations."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import msgspec

from statewright.effects.assemble import assemble
from statewright.errors import EXIT_DIVERGED, EXIT_INVALID_DEFINITION, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.embedded import EmbeddedHost, Told
from statewright.hosts.replay import Folded, Known, Step, fold
from statewright.kernel.events import Cancelled, Started
from statewright.kernel.journal import ChainBroken
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.bundle import digest_of
from statewright.language.loader import Loaded, load, load_definition
from statewright.project import Environment, Folder, project_file
from statewright.settings import Settings
from statewright.store.contract import IndexRow, JournalCorrupt, Store
from statewright.store.sqlite import SqliteStore

LAST = "last"
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


class DefinitionInvalid(StatewrightError):
    """Raised where a project has errors; `loaded` holds its diagnostics."""

    def __init__(self, loaded: Loaded) -> None:
        count = sum(1 for diagnostic in loaded.diagnostics if diagnostic.severity == "error")
        super().__init__(
            "DEFINITION_INVALID",
            f"the project has {count} error{'s' if count != 1 else ''}",
            hint="see all of them with: statewright check",
            exit_code=EXIT_INVALID_DEFINITION,
        )
        self.loaded = loaded


class App:
    """An open project. Commands and servers talk to it; it decides nothing."""

    def __init__(self, settings: Settings, store: Store, loaded: Loaded | None, host: EmbeddedHost | None) -> None:
        self.settings = settings
        self.loaded = loaded
        self._store = store
        self._host = host
        self._environment = Environment(os.environ, settings.env_file)
        self._compiled: dict[str, Program] = {}

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "") -> str:
        """Starts a run and returns its id once the start is durable."""
        program, definition = self._workflow(workflow)
        started = Started(
            at=now(),
            run=run or new_run_id(),
            tenant=self.settings.tenant,
            program=program.digest,
            logic=LOGIC_VERSION,
            seed=seed or secrets.token_hex(16),
            input=input,
            env=self._environment.of(program),
            simulate=self.settings.simulate,
        )
        self._compiled[program.digest] = program
        await self._running().start(program, started, (program.digest, definition))
        return started.run

    async def ended(self, run: str) -> State:
        """Returns the run's state once it has ended, or cannot go on by itself."""
        return await self._running().ended(self.settings.tenant, run)

    async def recover(self) -> int:
        """Opens every run that a host owes something; returns how many."""
        return self._running().recover()

    async def resume(self, run: str) -> None:
        """Takes a run up again that a stopped process left, or that a fault of ours had parked."""
        await self._running().resume(self.settings.tenant, run)

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end in an orderly way."""
        await self._running().deliver(self.settings.tenant, run, Cancelled(at=now(), reason=reason))

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record."""
        self._running().listen(told)

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[IndexRow]:
        """Returns the newest runs first."""
        return self._store.runs(self.settings.tenant, workflow=workflow, status=status, limit=limit)

    def find(self, run: str) -> IndexRow:
        """Returns the run named by its id, by a prefix that fits one run only, or by `last`."""
        # What no run can be called need not be looked up; a store may not even take it.
        exact = self._store.index(self.settings.tenant, run) if run.isascii() else None
        if exact is not None:
            return exact
        rows = self.runs(limit=1_000)
        matches = rows[:1] if run == LAST else [row for row in rows if run and row.run.startswith(run)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            few = ", ".join(row.run for row in matches[:3])
            raise StatewrightError(
                "RUN_AMBIGUOUS", f"{run!r} fits {len(matches)} runs: {few} …", hint="type more of it"
            )
        hint = "list them with: statewright runs list" if rows else "start one with: statewright run <workflow>"
        raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", hint=hint, exit_code=EXIT_NOT_FOUND)

    def program(self, digest: str) -> Program:
        """Returns the program of a digest, compiled from the definition that lies beside the journal."""
        program = self._compiled.get(digest)
        if program is None:
            text = self._store.definition(digest)
            if text is None:
                raise StatewrightError(
                    "DEFINITION_MISSING", f"the store has no definition {digest[:12]}", exit_code=EXIT_NOT_FOUND
                )
            if digest_of(text) != digest:
                raise StatewrightError(
                    "JOURNAL_CORRUPT",
                    f"{self.settings.data}: the definition {digest[:12]} is not what was stored",
                    hint="keep a copy of the folder, then restore a backup",
                    exit_code=EXIT_DIVERGED,
                )
            program = msgspec.structs.replace(load_definition(text), folder=str(self.settings.folder))
            self._compiled[digest] = program
        return program

    def steps(self, run: str) -> Iterator[Step]:
        """Returns the run's events with what they came to."""
        found: list[Step] = []
        self.replay(run, seen=lambda step, state: found.append(step))
        return iter(found)

    def state(self, run: str) -> State:
        """Returns the run's state as its journal tells it."""
        return self.replay(run).state

    def replay(
        self, run: str, program: Program | None = None, seen: Callable[[Step, State], None] | None = None
    ) -> Folded:
        """Decides the run's journal again, with its pinned program or another; performs nothing."""
        row = self.find(run)
        records = self._store.read(row.tenant, row.run)
        try:
            known = Known(row.tenant, row.run, row.seq)
            return fold(program or self.program(row.program), records, self._store.blob, known=known, seen=seen)
        except ChainBroken as broken:
            raise JournalCorrupt(str(self.settings.data), row.run, broken.seq, broken.problem) from broken

    def _workflow(self, id: str) -> tuple[Program, bytes]:
        assert self.loaded is not None, "the application was opened without a project"
        programs = self.loaded.programs
        if id in programs:
            folder = str(self.settings.folder)
            return msgspec.structs.replace(programs[id], folder=folder), self.loaded.definitions[id]
        known = ", ".join(programs) or "none"
        raise StatewrightError(
            "WORKFLOW_UNKNOWN",
            f"there is no workflow {id!r}",
            hint=f"this project has: {known}",
            exit_code=EXIT_NOT_FOUND,
        )

    def _running(self) -> EmbeddedHost:
        assert self._host is not None, "the application was opened for reading"
        return self._host


@asynccontextmanager
async def open_app(settings: Settings, *, project: bool = True, write: bool = True) -> AsyncIterator[App]:
    """Opens the project (unless told not to) and the data folder; with `write` it can run workflows.

    Raises `DefinitionInvalid`, `PROJECT_MISSING`, or what the store says of the folder.
    """
    loaded = load_project(settings) if project else None
    if loaded is not None and any(diagnostic.severity == "error" for diagnostic in loaded.diagnostics):
        raise DefinitionInvalid(loaded)
    loop = asyncio.get_running_loop()
    store = SqliteStore.open(settings.data, hand_back=loop.call_soon_threadsafe, write=write)
    try:
        app = App(settings, store, loaded, None)
        if write:
            environment = Environment(os.environ, settings.env_file)
            performer = assemble(store, environment.secret, settings.operator)
            app._host = EmbeddedHost(store, performer, app.program, clock=now)
        try:
            yield app
        finally:
            if app._host is not None:
                app._host.close()
    finally:
        store.close()


def load_project(settings: Settings) -> Loaded:
    """Reads and compiles the project. What is wrong with it is in the diagnostics; nothing is raised for that."""
    file = project_file(settings)
    if not file.is_relative_to(settings.folder):
        raise StatewrightError(
            "PATH_OUTSIDE_PROJECT",
            f"the project file {file} lies outside the project's folder {settings.folder}",
            hint=f"go there with: --cwd {file.parent}",
            exit_code=EXIT_INVALID_DEFINITION,
        )
    folder = Folder(settings.folder)
    return load(folder.read, folder.glob, file.relative_to(settings.folder).as_posix())


def new_run_id() -> str:
    """Returns an id that sorts by time: ten characters of milliseconds, twelve of randomness."""
    stamp, chance = now(), secrets.randbits(60)
    return "run-" + _base32(stamp, 10) + _base32(chance, 12)


def now() -> int:
    """Returns the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def _base32(number: int, length: int) -> str:
    return "".join(_BASE32[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))
