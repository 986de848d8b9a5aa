"""Reads what another process writes of a run: record by record, each decided again, until this process performs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from statewright.api.records import Step, step_of
from statewright.app.application import App
from statewright.hosts.door.retelling import retold
from statewright.kernel.journal import ChainBroken, Record
from statewright.kernel.state import State

Told = Callable[[Step, State], None]


class Behind:
    """Somebody who follows a run that the folder's owner performs; where this process owns the folder it does nothing.

    It is told of the records above `after`; where that is None, of those that are to come.
    """

    def __init__(self, app: App, run: str, told: Told, *, after: int | None = None) -> None:
        self._app = app
        self._run = run
        self._told = told
        self._after = after
        self._seq = 0
        self._moved = asyncio.Event()
        self.is_reading = bool(app.owner)
        self._reading = asyncio.ensure_future(self._read()) if self.is_reading else None
        if self._reading is not None:
            self._reading.add_done_callback(self._stopped)

    async def until(self, seq: int) -> None:
        """Waits until record `seq` has been told."""
        while self.is_reading and self._seq < seq:
            self._moved.clear()
            await self._moved.wait()

    def leave(self) -> None:
        """Reads no further."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self) -> None:
        app, row = self._app, self._app.find(self._run)
        after = row.seq if self._after is None else self._after
        try:
            async for decided, state in retold(self._records(), app.program(row.program), app.blob):
                self._seq = decided.entry.seq
                self._moved.set()
                if self._seq > after:
                    self._told(step_of(decided), state)
        except ChainBroken as broken:
            raise app.corrupt(self._run, broken) from broken

    async def _records(self) -> AsyncGenerator[Record, None]:
        """Yields what is there, which needs nobody, and then what the owner writes."""
        seq = 0
        for record in self._app.records(self._run):
            seq = record.seq
            yield record
        async for record in self._app.follow(self._run, after=seq):
            yield record

    def _stopped(self, reading: asyncio.Future[None]) -> None:
        # From here on the host of this process tells, or nobody has anything to tell.
        self.is_reading = False
        self._moved.set()
        error = None if reading.cancelled() else reading.exception()
        if error is not None:
            about = {"message": f"run {self._run!r} cannot be followed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(about)
