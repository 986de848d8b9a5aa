"""The application: a data folder to read, and somebody who performs its runs. The only room that names implementations.

Performed is here, where the folder was free, or by the process that has it, whose guest this one is then. An owner that
leaves hands over: its guests enter anew, and the first of them performs from there on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from statewright.app.ids import now
from statewright.app.performing import Offering, Performing
from statewright.app.reading import Reading, closed
from statewright.effects.assemble import assemble
from statewright.effects.tools.python import Function
from statewright.errors import EXIT_CONFLICT, StatewrightError
from statewright.hosts.crank import Told
from statewright.hosts.door.entering import NOBODY, entered
from statewright.hosts.door.guest import Guest
from statewright.hosts.door.lines import Parted, Terms
from statewright.hosts.door.serving import Door
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.forking import Cut, Forked
from statewright.hosts.lane import Taken
from statewright.hosts.retention import Retention
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.language.loader import Loaded
from statewright.project import Environment
from statewright.settings.place import Settings
from statewright.store.sqlite import SqliteStore

T = TypeVar("T")
# Owners that come and go, as commands do; whoever meets more of them for one word has met a fault.
OWNERS_MAX = 100


class Verbs(Protocol):
    """What can be done with runs: here, or by whoever has the folder. Documented where it is done, in `Performing`."""

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str: ...
    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str: ...
    async def ended(self, run: str) -> State: ...
    async def recover(self) -> int: ...
    async def resume(self, run: str) -> None: ...
    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None: ...
    async def cancel(self, run: str, reason: str) -> None: ...
    async def terminate(self, run: str, reason: str) -> None: ...
    async def pause(self, run: str, reason: str) -> None: ...
    async def unpause(self, run: str) -> None: ...
    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None: ...
    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Forked | Parted: ...


class App(Reading):
    """An open project. It decides nothing; whoever performs does what the verbs say."""

    def __init__(
        self, settings: Settings, loaded: Loaded | None, functions: Mapping[str, Function] | None = None
    ) -> None:
        super().__init__(settings, loaded)
        self._functions = functions
        self._environment = Environment(os.environ, settings.env_file)
        self.notices: tuple[str, ...] = ()  # what the data folder warns of, for whoever opened it to show
        self._verbs: Performing | Guest | None = None
        self._door: Door | None = None
        self._retention: Retention | None = None
        self._entering = asyncio.Lock()
        self._listeners: list[Told] = []

    @property
    def owner(self) -> int:
        """The process that performs what is asked here, by its number; 0 where it is this one."""
        return self._verbs.owner if isinstance(self._verbs, Guest) else 0

    @property
    def performs(self) -> bool:
        """Whether it is this process that performs what the folder holds."""
        return isinstance(self._verbs, Performing)

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Starts a run and returns its id once the start is durable."""
        self.workflow(workflow)
        return await self._asked(lambda by: by.start(workflow, input, run=run, seed=seed, key=key))

    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Makes the start of a run durable and performs nothing of it: whoever resumes or recovers it does."""
        self.workflow(workflow)
        return await self._asked(lambda by: by.begin(workflow, input, run=run, seed=seed, key=key))

    async def ended(self, run: str) -> State:
        """Returns the run's state once it has ended, or cannot go on by itself."""
        return await self._asked(lambda by: by.ended(run))

    async def recover(self) -> int:
        """Opens every run that a host owes something; returns how many."""
        return await self._asked(lambda by: by.recover())

    async def resume(self, run: str) -> None:
        """Takes a run up again that a stopped process left, or that a fault of ours had parked."""
        await self._asked(lambda by: by.resume(run))

    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a run a signal. With a key, sending it again changes nothing (R33)."""
        await self._asked(lambda by: by.signal(run, name, payload, key=key, source=source))

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end in an orderly way."""
        await self._asked(lambda by: by.cancel(run, reason))

    async def terminate(self, run: str, reason: str) -> None:
        """Ends a run at once: nothing is awaited and nothing undone."""
        await self._asked(lambda by: by.terminate(run, reason))

    async def pause(self, run: str, reason: str) -> None:
        """Lets nothing new leave until `unpause`; what is under way comes back."""
        await self._asked(lambda by: by.pause(run, reason))

    async def unpause(self, run: str) -> None:
        """Lets out what a pause kept back."""
        await self._asked(lambda by: by.unpause(run))

    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows (R11)."""
        await self._asked(lambda by: by.resolve(run, effect, happened=happened, value=value))

    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Parted:
        """Makes a new run of another one's beginning, durable and paused; see docs/adr/0012."""
        made = await self._asked(lambda by: by.fork(run, cut, id=id))
        if isinstance(made, Parted):
            return made
        state = made.lane.state
        return Parted(state.run, state.status, len(made.appends), made.anew)

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every record that is committed here, now or after a hand-over."""
        self._listeners.append(told)

    def look(self) -> None:
        """Opens the folder for reading alone: beside an owner, and without a word to it."""
        self._take_store(SqliteStore.open(self.settings.data, hand_back=_no_loop, write=False))

    async def enter(self) -> None:
        """Takes the folder, or becomes a guest of the process that has it. Raises what either says."""
        loop = asyncio.get_running_loop()

        def take() -> SqliteStore:
            return SqliteStore.open(self.settings.data, hand_back=loop.call_soon_threadsafe)

        # Functions cannot be sent: whoever brings some of his own needs the folder to himself.
        entered_as = take() if self._functions is not None else await entered(take, self._knocked)
        if isinstance(entered_as, Guest):
            self._verbs = entered_as
            return
        self._take_store(entered_as)
        await self._perform(entered_as)

    async def drain(self, grace_s: float) -> None:
        """Lets what is under way here come to an end within the grace; guests are seen out, and nothing new begins."""
        if isinstance(self._verbs, Performing):
            await self._see_out()
            await self._verbs.drain(grace_s)

    async def close(self) -> None:
        """Sees guests out, stops performing and lets the folder go. Runs that have not ended can be taken up again."""
        verbs, self._verbs = self._verbs, None
        try:
            if isinstance(verbs, Guest):
                await verbs.close()
            await self._see_out()
        finally:
            if self._retention is not None:
                self._retention.close()
            if isinstance(verbs, Performing):
                verbs.close()
            if self._opened is not None:
                store, self._opened = self._opened, None
                store.close()

    async def _see_out(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            await door.close()

    async def _knocked(self) -> Guest:
        guest = await Guest.enter(self.settings.data, self._terms(), self.state)
        self.look()
        return guest

    async def _perform(self, store: SqliteStore) -> None:
        performer = assemble(store, self._environment.secret, self.settings.operator, functions=self._functions)
        library = Offering(self, self._environment)
        host = EmbeddedHost(store, performer, self.program, clock=now, library=library)
        host.listen(self._told)
        if self.settings.retention:
            self._retention = Retention(store, now, self.settings.retention)
        self._verbs = performing = Performing(self, store, host, self._environment)
        try:
            self._door = await Door.open(self.settings.data, performing, self._terms())
        except StatewrightError as walled:
            # Nobody can come in; what is to be done here is done all the same.
            self.notices = (*self.notices, f"{walled.message}; {walled.hint}")

    async def _asked(self, act: Callable[[Verbs], Awaitable[T]]) -> T:
        """Does it, by whoever performs; where an owner has left, by the next one."""
        for _ in range(OWNERS_MAX):
            verbs = self._performing()
            try:
                return await act(verbs)
            except StatewrightError as error:
                if error.code not in NOBODY or not isinstance(verbs, Guest):
                    raise
                left = error
            await self._enter_after(verbs)
        raise left

    def _performing(self) -> Performing | Guest:
        if self._verbs is not None:
            return self._verbs
        if self._opened is None:
            raise closed()
        raise StatewrightError(
            "DATA_READ_ONLY",
            f"{self.settings.data} is open for reading",
            hint="open it with write=True to change it",
            exit_code=EXIT_CONFLICT,
        )

    async def _enter_after(self, left: Guest) -> None:
        """Enters anew where the owner has left, once for all who have met that."""
        async with self._entering:
            if self._verbs is left:
                await left.close()
                await self.enter()

    def _take_store(self, store: SqliteStore) -> None:
        before, self._opened = self._opened, store
        self.notices = store.notices
        if before is not None:
            before.close()

    def _terms(self) -> Terms:
        settings, loaded = self.settings, self.loaded
        programs = {} if loaded is None else {id: program.digest for id, program in loaded.programs.items()}
        return Terms(tenant=settings.tenant, folder=str(settings.folder), simulate=settings.simulate, programs=programs)

    def _told(self, taken: Taken, state: State) -> None:
        for told in self._listeners:
            told(taken, state)


def _no_loop(call: Callable[[], None]) -> None:
    """Who only reads is never told of a commit."""
