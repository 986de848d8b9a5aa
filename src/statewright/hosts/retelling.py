"""What the index must say of a run: told by its journal alone, decided again from the first record on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from statewright.errors import EXIT_DIVERGED, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.lane import Lane
from statewright.hosts.replay import Known, fold
from statewright.kernel.journal import ChainBroken, Record
from statewright.kernel.program import Program
from statewright.store.contract import IndexRow, JournalCorrupt


class Holding(Protocol):
    """Any store, or a part of one: what a journal is decided from."""

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        """Yields the records of a run, in order."""

    def blob(self, digest: str) -> bytes | None:
        """Returns a value kept by content."""

    def definition(self, digest: str) -> bytes | None:
        """Returns a definition's text by its digest."""


class Retelling:
    """Tells index rows. `compiled` makes a program of a stored definition; each is compiled once."""

    def __init__(self, compiled: Callable[[bytes], Program]) -> None:
        self._compiled = compiled
        self._programs: dict[str, Program] = {}

    def __call__(self, store: Holding, row: IndexRow, name: str) -> IndexRow:
        """Returns the row that the run's journal tells, where `row` may be believed in whose it is and its program.

        Raises `DEFINITION_MISSING`, `JOURNAL_CORRUPT` or `RUN_DIVERGED`; errors call the store by `name`.
        """
        program = self._program(store, row, name)
        known = Known(row.tenant, row.run, row.seq)
        try:
            folded = fold(program, store.read(row.tenant, row.run), store.blob, known=known)
        except ChainBroken as broken:
            raise JournalCorrupt(name, row.run, broken.seq, broken.problem) from broken
        if folded.divergence is not None:
            at = folded.divergence
            raise StatewrightError(
                "RUN_DIVERGED",
                f"{name}: run {row.run!r}: record {at.seq}: {at.problem}",
                hint="its journal was not made from this definition, or by a release that decides otherwise",
                exit_code=EXIT_DIVERGED,
            )
        return Lane(program, store.blob, folded).row()

    def _program(self, store: Holding, row: IndexRow, name: str) -> Program:
        found = self._programs.get(row.program)
        if found is None:
            text = store.definition(row.program)
            if text is None:
                message = f"{name}: there is no definition {row.program[:12]}, which run {row.run!r} is pinned to"
                raise StatewrightError("DEFINITION_MISSING", message, exit_code=EXIT_NOT_FOUND)
            found = self._programs[row.program] = self._compiled(text)
        return found
