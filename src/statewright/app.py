"""The application: a project and its data folder, opened and wired. The only file that names implementations."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import msgspec

from statewright.effects.assemble import assemble
from statewright.effects.tools.python import Function
from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_INVALID_DEFINITION, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.embedded import EmbeddedHost, Told
from statewright.hosts.forking import Cut, Forked, first_of, fork
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.relatives import Offered
from statewright.hosts.replay import Folded, Known, Step, fold
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call
from statewright.kernel.events import Cancelled, Paused, Received, Resolved, Started, Terminated, Unpaused
from statewright.kernel.journal import ChainBroken, Record
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.bundle import digest_of
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.loader import Loaded, load, load_definition
from statewright.project import Environment, Folder, allowed_names, project_file, with_configuration
from statewright.settings.place import Settings
from statewright.store.claiming import input_digest
from statewright.store.contract import Append, Health, IndexRow, JournalCorrupt, KeyTaken, Store
from statewright.store.exporting import export
from statewright.store.remembering import UNLIMITED
from statewright.store.sqlite import SqliteStore
from statewright.store.transfer import Moved

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
        self.notices: tuple[str, ...] = ()  # what the store warns of, for whoever opened it to show
        self._store = store
        self._host = host
        self._environment = Environment(os.environ, settings.env_file)
        self._compiled: dict[str, Program] = {}

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Starts a run and returns its id once the start is durable.

        With a key, starting again with the same input gives the same run (R33); raises `IDEMPOTENCY_CONFLICT` where the
        input is another one.
        """
        program, definition = self._workflow(workflow)
        found = self._claimed(program, input, key)
        if found:
            return found
        started = msgspec.structs.replace(self._started(program, input, run, seed), key=key)
        try:
            await self._running().start(program, started, (program.digest, definition))
        except KeyTaken:
            # Somebody else was first, while this start was on its way to the disk.
            return self._claimed(program, input, key)
        return started.run

    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Makes the start of a run durable and performs nothing of it: whoever resumes or recovers it does.

        A key means what it means to `start`. Raises `AT_MOST_ONCE_UNSENT` where a call could not be told from one that
        was sent before.
        """
        program, definition = self._workflow(workflow)
        found = self._claimed(program, input, key)
        if found:
            return found
        started = msgspec.structs.replace(self._started(program, input, run, seed), key=key)
        if self._store.index(started.tenant, started.run) is not None:
            raise StatewrightError("RUN_EXISTS", f"run {started.run!r} exists", exit_code=EXIT_CONFLICT)
        taken = Lane(program, self._store.blob).take(started, (program.digest, definition))
        if isinstance(taken, Rejected):
            raise StatewrightError(taken.code, taken.reason, exit_code=EXIT_CONFLICT)
        _refuse_unsent(taken)
        await self._stored((taken.append,))
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

    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a run a signal. With a key, sending it again changes nothing (R33)."""
        received = Received(at=now(), name=name, payload=payload, key=key, source=source)
        await self._running().deliver(self.settings.tenant, run, received)

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end in an orderly way."""
        await self._running().intervene(self.settings.tenant, run, Cancelled(at=now(), reason=reason))

    async def terminate(self, run: str, reason: str) -> None:
        """Ends a run at once: nothing is awaited and nothing undone."""
        await self._running().intervene(self.settings.tenant, run, Terminated(at=now(), reason=reason))

    async def pause(self, run: str, reason: str) -> None:
        """Lets nothing new leave until `unpause`; what is under way comes back."""
        await self._running().intervene(self.settings.tenant, run, Paused(at=now(), reason=reason))

    async def unpause(self, run: str) -> None:
        """Lets out what a pause kept back."""
        await self._running().deliver(self.settings.tenant, run, Unpaused(at=now()))

    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows (R11)."""
        resolved = Resolved(at=now(), effect=effect, happened=happened, value=value)
        await self._running().deliver(self.settings.tenant, run, resolved)

    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Forked:
        """Makes a new run of another one's beginning, durable and paused; see docs/adr/0012.

        Raises `StatewrightError` where the journal cannot be followed to the cut.
        """
        row = self.find(run)
        steps = list(self.steps(row.run, until=cut.seq))
        program = self.program(row.program)
        forked = fork(program, steps, cut, self._store.blob, run=id or new_run_id(), now=now())
        if self._store.index(row.tenant, forked.lane.state.run) is not None:
            raise StatewrightError("RUN_EXISTS", f"run {id!r} exists", exit_code=EXIT_CONFLICT)
        await self._stored(forked.appends)
        return forked

    def began(self, run: str, task: str) -> int:
        """Returns the record at which a task began, by its path; raises `TASK_UNKNOWN`."""
        steps = list(self.steps(run))
        found = first_of(steps, task)
        if found:
            return found
        known = dict.fromkeys(path for step in steps if step.decision for path in step.decision.patch.results)
        hint = did_you_mean(task, known, listed="its tasks")
        text = f"task {task!r} has not begun in run {run!r}"
        raise StatewrightError("TASK_UNKNOWN", text, hint=hint, exit_code=EXIT_NOT_FOUND)

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record."""
        self._running().listen(told)

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[IndexRow]:
        """Returns the newest runs first."""
        return self._store.runs(self.settings.tenant, workflow=workflow, status=status, limit=limit)

    def check_store(self) -> Health:
        """Checks everything that is stored, as it is at this moment; what runs decide is not looked at."""
        return self._store.check()

    def export(self, run: str, write: Callable[[bytes], object]) -> Moved:
        """Writes a run, or every run where none is named, as JSON Lines: each line without its end."""
        rows = [self.find(run)] if run else self._store.runs(self.settings.tenant, limit=UNLIMITED)
        return export(self._store, reversed(rows), write, name=str(self.settings.data))

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

    def steps(self, run: str, *, until: int = 0) -> Iterator[Step]:
        """Returns the run's events with what they came to, all of them or up to a record."""
        found: list[Step] = []
        self.replay(run, seen=lambda step, state: found.append(step), until=until)
        return iter(found)

    def state(self, run: str, *, at: int = 0) -> State:
        """Returns the run's state as its journal tells it, now or after the record `at`."""
        return self.replay(run, until=at).state

    def replay(
        self,
        run: str,
        program: Program | None = None,
        seen: Callable[[Step, State], None] | None = None,
        *,
        until: int = 0,
    ) -> Folded:
        """Decides the run's journal again, with its pinned program or another; performs nothing.

        With `until` it stops after that record. Raises `SEQUENCE_UNKNOWN` where the run has none of that number.
        """
        row = self.find(run)
        if until < 0 or until > row.seq:
            hint = f"its records are 1 to {row.seq}; list them with: statewright runs events {row.run}"
            message = f"run {row.run!r} has no record {until}"
            raise StatewrightError("SEQUENCE_UNKNOWN", message, hint=hint, exit_code=EXIT_NOT_FOUND)
        records = islice(self._store.read(row.tenant, row.run), until or None)
        try:
            known = Known(row.tenant, row.run, until or row.seq)
            return fold(program or self.program(row.program), records, self._store.blob, known=known, seen=seen)
        except ChainBroken as broken:
            raise JournalCorrupt(str(self.settings.data), row.run, broken.seq, broken.problem) from broken

    def watch(self, run: str, seen: Callable[[Step, State], None], more: Callable[[], bool]) -> Folded:
        """Shows each step of a run that another process may be at; `more` waits for the next, or says that enough is.

        Blocks in `more`; it is for a process that does nothing else.
        """
        row = self.find(run)
        try:
            return fold(self.program(row.program), self._tail(row, more), self._store.blob, seen=seen)
        except ChainBroken as broken:
            raise JournalCorrupt(str(self.settings.data), row.run, broken.seq, broken.problem) from broken

    def _tail(self, row: IndexRow, more: Callable[[], bool]) -> Iterator[Record]:
        last = 0
        while True:
            for record in self._store.read(row.tenant, row.run, after=last):
                last = record.seq
                yield record
            if not more():
                return

    def _claimed(self, program: Program, input: Json, key: str) -> str:
        """Returns the run that a key has started with this input; an empty text where it has started none."""
        claimed = self._store.claimed(self.settings.tenant, program.id, key) if key else None
        if claimed is None:
            return ""
        if claimed.digest != input_digest(input):
            raise KeyTaken(key, claimed.run)
        return claimed.run

    def _started(self, program: Program, input: Json, run: str, seed: str) -> Started:
        self._compiled[program.digest] = program
        return Started(
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

    async def _stored(self, appends: Sequence[Append]) -> None:
        """Appends the records of a run that no host has in memory; returns when all of them are durable."""
        loop = asyncio.get_running_loop()
        last: asyncio.Future[Exception | None] = loop.create_future()
        for append in appends[:-1]:
            # Where one is refused the next cannot follow it, so the last one tells.
            self._store.append(append, _leave_to_last)
        self._store.append(appends[-1], last.set_result)
        failed = await last
        if failed is not None:
            raise failed

    def _workflow(self, id: str) -> tuple[Program, bytes]:
        assert self.loaded is not None, "the application was opened without a project"
        programs = self.loaded.programs
        if id in programs:
            folder = str(self.settings.folder)
            return msgspec.structs.replace(programs[id], folder=folder), self.loaded.definitions[id]
        if id in self.loaded.lacking:
            raise StatewrightError(
                "NOT_AVAILABLE",
                f"the workflow {id!r} needs what this release does not have: {', '.join(self.loaded.lacking[id])}",
                hint="it is checked, but it cannot run yet; README.md says what this release runs",
                exit_code=EXIT_INVALID_DEFINITION,
            )
        known = ", ".join(programs) or "none"
        raise StatewrightError(
            "WORKFLOW_UNKNOWN",
            f"there is no workflow {id!r}",
            hint=f"an input has its own flag: -i {id}" if "=" in id else f"this project has: {known}",
            exit_code=EXIT_NOT_FOUND,
        )

    def _running(self) -> EmbeddedHost:
        assert self._host is not None, "the application was opened for reading"
        return self._host


def _leave_to_last(failed: Exception | None) -> None:
    """The records of one run are durable in order."""


def _refuse_unsent(taken: Taken) -> None:
    for effect in taken.effects:
        if isinstance(effect, Call) and effect.at_most_once:
            raise StatewrightError(
                "AT_MOST_ONCE_UNSENT",
                f"{effect.kind} {effect.target!r} may be called at most once, and nobody would call it now",
                hint="stay with the run: leave --detach out",
                exit_code=EXIT_CONFLICT,
            )


class _Library:
    """The project's workflows, for those that start each other."""

    def __init__(self, app: App) -> None:
        self._app = app

    def find(self, workflow: str) -> Offered | None:
        loaded = self._app.loaded
        if loaded is None or workflow not in loaded.programs:
            return None
        program, definition = self._app._workflow(workflow)
        self._app._compiled[program.digest] = program
        return Offered(program, (program.digest, definition), self._app._environment.of(program))

    def triggered_by(self, signal: str) -> list[str]:
        programs = self._app.loaded.programs if self._app.loaded is not None else {}
        return [id for id, program in programs.items() if signal in program.triggers]


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    project: bool | None = True,
    write: bool = True,
    functions: Mapping[str, Function] | None = None,
) -> AsyncIterator[App]:
    """Opens the project (unless told not to) and the data folder; with `write` it can run workflows.

    A project of None is opened where it is there and has no error: a run is pinned to its own definition, but the
    workflows that it starts are looked up. `functions` take the place of Python tools, by their ids. Raises
    `DefinitionInvalid`, `PROJECT_MISSING`, or what the store says.
    """
    loaded = _project_of(settings, project)
    loop = asyncio.get_running_loop()
    store = SqliteStore.open(settings.data, hand_back=loop.call_soon_threadsafe, write=write)
    try:
        app = App(settings, store, loaded, None)
        app.notices = store.notices
        if write:
            environment = Environment(os.environ, settings.env_file)
            performer = assemble(store, environment.secret, settings.operator, functions=functions)
            app._host = EmbeddedHost(store, performer, app.program, clock=now, library=_Library(app))
        try:
            yield app
        finally:
            if app._host is not None:
                app._host.close()
    finally:
        store.close()


def _project_of(settings: Settings, wanted: bool | None) -> Loaded | None:
    if wanted is False:
        return None
    try:
        loaded = load_project(settings)
    except StatewrightError:
        if wanted:
            raise
        return None
    if all(diagnostic.severity != "error" for diagnostic in loaded.diagnostics):
        return loaded
    if wanted:
        raise DefinitionInvalid(loaded)
    return None


def load_project(settings: Settings, instead: Mapping[str, bytes] | None = None) -> Loaded:
    """Reads and compiles the project. What is wrong with it is in the diagnostics; nothing is raised for that.

    `instead` holds files, by their paths below the project's folder, that are to be read as if they were so.
    """
    file = project_file(settings)
    if not file.is_relative_to(settings.folder):
        raise StatewrightError(
            "PATH_OUTSIDE_PROJECT",
            f"the project file {file} lies outside the project's folder {settings.folder}",
            hint=f"go there with: --cwd {file.parent}",
            exit_code=EXIT_INVALID_DEFINITION,
        )
    folder, changed = Folder(settings.folder), instead or {}

    def read(path: str) -> bytes | None:
        return changed[path] if path in changed else folder.read(path)

    path = file.relative_to(settings.folder).as_posix()
    return with_configuration(load(read, folder.glob, path, environment=allowed_names(settings)), path)


def new_run_id() -> str:
    """Returns an id that sorts by time: ten characters of milliseconds, twelve of randomness."""
    stamp, chance = now(), secrets.randbits(60)
    return "run-" + _base32(stamp, 10) + _base32(chance, 12)


def now() -> int:
    """Returns the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def _base32(number: int, length: int) -> str:
    return "".join(_BASE32[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))
