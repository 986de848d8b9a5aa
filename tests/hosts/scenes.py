"""A program, a store that outlives hosts, and hosts over it, in leaping time: see leaping.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from statewright.effects.performer import Performer, Refusal
from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.limits import Limits
from statewright.hosts.reaching import Library
from statewright.hosts.timers import PASSIVATE_AFTER
from statewright.kernel.program import Program
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from statewright.testing import RUN, TENANT, Line, Script, WorldPerformer, load_workflow, started
from tests.conformance.golden import entries
from tests.hosts.leaping import LeapingLoop

PROGRAM = """
name: ask
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - {id: get, type: basic, tool: fetch, retries: 2}
"""
# Time leaps here, and an hour is a leap: a glance a second would be 3,600.
NO_IDLE = Limits(lanes=0, glance=3_600.0)
DONE = Line(value={"n": 1})
SILENT = Line(never=True)
BUSY = Line(refuse=Refusal(code="BUSY", message="later", retryable=True), attempt=1)
BUSY_FOR_A_MINUTE = Line(
    refuse=Refusal(code="BUSY", message="later", retryable=True, retry_after=PASSIVATE_AFTER), attempt=1
)


class Scene:
    """A program, a store that outlives hosts, and hosts over it."""

    def __init__(self, loop: LeapingLoop) -> None:
        self.loop = loop
        self.program = load_workflow(PROGRAM)
        self.store = MemoryStore(hand_back=loop.call_soon)
        self.programs = {self.program.digest: self.program}

    def host(
        self,
        world: Script | Performer,
        store: Store | None = None,
        limits: Limits = NO_IDLE,
        library: Library | None = None,
    ) -> EmbeddedHost:
        """Returns a host that answers with this world; runs that nobody is at leave its memory at once."""
        performer = WorldPerformer(world) if isinstance(world, Script) else world
        clock, known = self.loop.milliseconds, self._program
        return EmbeddedHost(store or self.store, performer, known, clock=clock, library=library, limits=limits)

    async def start(
        self, host: EmbeddedHost, run: str = RUN, program: Program | None = None, tenant: str = TENANT
    ) -> None:
        """Starts a run."""
        program = program or self.program
        begun = started(program, {}, at=self.loop.milliseconds(), run=run)
        await host.start(program, msgspec.structs.replace(begun, tenant=tenant))

    def events(self, run: str = RUN) -> list[Any]:
        """Returns the events in the store."""
        return [entry.decoded() for entry in entries(self.store.read(TENANT, run))]

    def _program(self, digest: str) -> Program:
        if digest not in self.programs:
            raise StatewrightError("DEFINITION_MISSING", f"no definition {digest}")
        return self.programs[digest]


def scene(play: Callable[[Scene], Awaitable[None]]) -> None:
    """Plays a test in leaping time."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, LeapingLoop)

        async def played() -> None:
            await play(Scene(loop))

        runner.run(played())
