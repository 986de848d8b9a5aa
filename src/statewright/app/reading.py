"""A data folder as it is read: runs, their journals and programs. It performs nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from statewright.app.ids import LAST, now
from statewright.errors import EXIT_DIVERGED, EXIT_INVALID_DEFINITION, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.awaiting import Awaited, awaited
from statewright.hosts.forking import first_of
from statewright.hosts.replay import Folded, Known, Step, fold
from statewright.kernel.journal import ChainBroken, Record
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.language.bundle import digest_of
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.loader import Loaded, load_definition
from statewright.settings.place import Settings
from statewright.store.contract import Health, IndexRow, JournalCorrupt, Store
from statewright.store.exporting import export
from statewright.store.remembering import UNLIMITED
from statewright.store.transfer import Moved


class Reading:
    """An open data folder, and the project that belongs to it where there is one."""

    def __init__(self, settings: Settings, loaded: Loaded | None) -> None:
        self.settings = settings
        self.loaded = loaded
        self._opened: Store | None = None
        self._compiled: dict[str, Program] = {}

    @property
    def store(self) -> Store:
        """The open store; raises `STORE_CLOSED` where there is none any more."""
        if self._opened is None:
            raise closed()
        return self._opened

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

    def runs(self, *, workflow: str = "", status: str = "", limit: int = 50) -> list[IndexRow]:
        """Returns the newest runs first."""
        return self.store.runs(self.settings.tenant, workflow=workflow, status=status, limit=limit)

    def health(self) -> Health:
        """Checks everything that is stored, as it is at this moment; what runs decide is not looked at."""
        return self.store.check()

    def export(self, run: str, write: Callable[[bytes], object]) -> Moved:
        """Writes a run, or every run where none is named, as JSON Lines: each line without its end."""
        rows = [self.find(run)] if run else self.store.runs(self.settings.tenant, limit=UNLIMITED)
        return export(self.store, reversed(rows), write, name=str(self.settings.data))

    def find(self, run: str) -> IndexRow:
        """Returns the run named by its id, by a prefix that fits one run only, or by `last`.

        A prefix and `last` mean what somebody has started; a run that another one has started has its whole id.
        """
        # What no run can be called need not be looked up; a store may not even take it.
        exact = self.store.index(self.settings.tenant, run) if run.isascii() else None
        if exact is not None:
            return exact
        rows = self.runs(limit=1_000)
        fitting = rows if run == LAST else [row for row in rows if run and row.run.startswith(run)]
        matches = list(filter(self._is_own, fitting)) or fitting
        if len(matches) == 1 or (matches and run == LAST):
            return matches[0]
        if matches:
            few = ", ".join(row.run for row in matches[:3])
            raise StatewrightError(
                "RUN_AMBIGUOUS", f"{run!r} fits {len(matches)} runs: {few} …", hint="type more of it"
            )
        hint = "list them with: statewright runs list" if rows else "start one with: statewright run <workflow>"
        raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", hint=hint, exit_code=EXIT_NOT_FOUND)

    def _is_own(self, row: IndexRow) -> bool:
        """Whether no other run has started it: a child is called by its parent and two numbers."""
        parent, *numbers = row.run.rsplit("-", 2)
        is_a_childs = len(numbers) == 2 and all(map(str.isdigit, numbers))
        return not is_a_childs or self.store.index(row.tenant, parent) is None

    def program(self, digest: str) -> Program:
        """Returns the program of a digest, compiled from the definition that lies beside the journal."""
        program = self._compiled.get(digest)
        if program is None:
            text = self.store.definition(digest)
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

    def known(self, run: str) -> tuple[State, Program] | None:
        """Returns the run's state and program; None where there is no such run, as with a child that has not begun."""
        row = self.store.index(self.settings.tenant, run)
        return None if row is None else (self.state(run), self.program(row.program))

    def awaited(self, run: str, state: State | None = None) -> tuple[Awaited, ...]:
        """Returns the signals and decisions of people that a run waits for, now or in the given state."""

        def known(id: str) -> tuple[State, Program] | None:
            return (state, self.program(state.program)) if state is not None and id == run else self.known(id)

        return awaited(run, known, now())

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
        records = islice(self.store.read(row.tenant, row.run), until or None)
        try:
            known = Known(row.tenant, row.run, until or row.seq)
            return fold(program or self.program(row.program), records, self.blob, known=known, seen=seen)
        except ChainBroken as broken:
            raise self.corrupt(row.run, broken) from broken

    def watch(self, run: str, seen: Callable[[Step, State], None], more: Callable[[], bool]) -> Folded:
        """Shows each step of a run that another process may be at; `more` waits for the next, or says that enough is.

        Blocks in `more`; it is for a process that does nothing else.
        """
        row = self.find(run)
        try:
            return fold(self.program(row.program), self._tail(row, more), self.blob, seen=seen)
        except ChainBroken as broken:
            raise self.corrupt(row.run, broken) from broken

    def _tail(self, row: IndexRow, more: Callable[[], bool]) -> Iterator[Record]:
        last = 0
        while True:
            for record in self.store.read(row.tenant, row.run, after=last):
                last = record.seq
                yield record
            if not more():
                return

    def corrupt(self, run: str, broken: ChainBroken) -> JournalCorrupt:
        """Returns the error for a journal whose stored bytes are not what was written."""
        return JournalCorrupt(str(self.settings.data), run, broken.seq, broken.problem)

    def records(self, run: str, *, after: int = 0) -> Iterator[Record]:
        """Yields the stored records of a run above `after`, as bytes."""
        return self.store.read(self.settings.tenant, run, after=after)

    def blob(self, digest: str) -> bytes | None:
        """Returns a large value by its digest."""
        return self.store.blob(digest)

    def workflow(self, id: str) -> tuple[Program, bytes]:
        """Returns a workflow of the project with its definition; raises where the project has none that can run."""
        if self.loaded is None:
            hint = "open it with its project, or start the workflow from the project's folder"
            raise StatewrightError("PROJECT_MISSING", "only a data folder is open here, without a project", hint=hint)
        programs = self.loaded.programs
        if id in programs:
            folder = str(self.settings.folder)
            program = msgspec.structs.replace(programs[id], folder=folder)
            self._compiled[program.digest] = program
            return program, self.loaded.definitions[id]
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


def closed() -> StatewrightError:
    """Returns the error for a project that is used after its end."""
    return StatewrightError("STORE_CLOSED", "the project is closed", hint="stay inside its `with` block")
