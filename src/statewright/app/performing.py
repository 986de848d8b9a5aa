"""What is done with runs in this process, by the host that performs them. It serves its own program and all guests."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from functools import partial

from statewright.app.ids import chosen_run_id, now
from statewright.app.reading import Reading
from statewright.effects.disclosing import Disclosures
from statewright.errors import EXIT_CONFLICT, StatewrightError
from statewright.hosts.crank import Told
from statewright.hosts.embedded import EmbeddedHost, told
from statewright.hosts.forking import Cut, Forked, fork
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.reaching import Offered
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call
from statewright.kernel.events import Cancelled, Paused, Received, Resolved, Started, Terminated, Unpaused
from statewright.kernel.journal import Record
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.project import Environment
from statewright.store.claiming import input_digest
from statewright.store.contract import Append, IndexRow, KeyTaken, Store
from statewright.store.room import refuse_when_low


class Performing:
    """The verbs of the process that owns a data folder."""

    def __init__(self, reading: Reading, store: Store, host: EmbeddedHost, environment: Environment) -> None:
        self._reading = reading
        self._tenant = reading.settings.tenant
        self._store = store
        self._host = host
        self._environment = environment
        self._disclosures = Disclosures(environment.secret)

    def find(self, run: str) -> IndexRow:
        """Returns what the index says of a run."""
        return self._reading.find(run)

    def records(self, run: str, *, after: int = 0) -> Iterator[Record]:
        """Yields the stored records of a run above `after`."""
        return self._reading.records(run, after=after)

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every record that is committed here."""
        self._host.listen(told)

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Starts a run and returns its id once the start is durable.

        With a key, starting again with the same input gives the same run (R33); raises `IDEMPOTENCY_CONFLICT` where the
        input is another one.
        """
        program, definition = self._reading.workflow(workflow)
        found = self._claimed(program, input, key)
        if found:
            return found
        refuse_when_low(self._reading.settings.data)
        started = self._started(program, input, run=run, seed=seed, key=key)
        try:
            await self._host.start(program, started, (program.digest, definition), is_new=not run)
        except KeyTaken:
            # Somebody else was first, while this start was on its way to the disk.
            return self._claimed(program, input, key)
        return started.run

    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Makes the start of a run durable and performs nothing of it: whoever resumes or recovers it does.

        A key means what it means to `start`. Raises `AT_MOST_ONCE_UNSENT` where a call could not be told from one that
        was sent before.
        """
        program, definition = self._reading.workflow(workflow)
        found = self._claimed(program, input, key)
        if found:
            return found
        refuse_when_low(self._reading.settings.data)
        started = self._started(program, input, run=run, seed=seed, key=key)
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
        return await self._host.ended(self._tenant, run)

    async def recover(self) -> int:
        """Opens every run that a host owes something; returns how many."""
        return await self._host.recover()

    async def resume(self, run: str) -> None:
        """Takes a run up again that a stopped process left, or that a fault of ours had parked."""
        await self._host.resume(self._tenant, run)

    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a run a signal. With a key, sending it again changes nothing (R33)."""
        self._refuse_secrets(run, payload, "the payload")
        self._refuse_secrets(run, key, "the key")
        received = Received(at=now(), name=name, payload=payload, key=key, source=source)
        await self._host.deliver(self._tenant, run, received)

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end in an orderly way."""
        self._refuse_secrets(run, reason, "the reason")
        await self._host.intervene(self._tenant, run, Cancelled(at=now(), reason=reason))

    async def terminate(self, run: str, reason: str) -> None:
        """Ends a run at once: nothing is awaited and nothing undone."""
        self._refuse_secrets(run, reason, "the reason")
        await self._host.intervene(self._tenant, run, Terminated(at=now(), reason=reason))

    async def pause(self, run: str, reason: str) -> None:
        """Lets nothing new leave until `unpause`; what is under way comes back."""
        self._refuse_secrets(run, reason, "the reason")
        await self._host.intervene(self._tenant, run, Paused(at=now(), reason=reason))

    async def unpause(self, run: str) -> None:
        """Lets out what a pause kept back."""
        await self._host.deliver(self._tenant, run, Unpaused(at=now()))

    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows (R11)."""
        self._refuse_secrets(run, value, "the value")
        resolved = Resolved(at=now(), effect=effect, happened=happened, value=value)
        await self._host.deliver(self._tenant, run, resolved)

    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Forked:
        """Makes a new run of another one's beginning, durable and paused; see docs/adr/0012.

        Raises `StatewrightError` where the journal cannot be followed to the cut.
        """
        refuse_when_low(self._reading.settings.data)
        row = self._reading.find(run)
        steps = list(self._reading.steps(row.run, until=cut.seq))
        program = self._reading.program(row.program)
        self._disclosures.refuse(program, [change.value for change in cut.changes], "a change")
        forked = fork(program, steps, cut, self._store.blob, run=chosen_run_id(id), now=now())
        if self._store.index(row.tenant, forked.lane.state.run) is not None:
            raise StatewrightError("RUN_EXISTS", f"run {id!r} exists", exit_code=EXIT_CONFLICT)
        await self._stored(forked.appends)
        return forked

    def _claimed(self, program: Program, input: Json, key: str) -> str:
        """Returns the run that a key has started with this input; an empty text where it has started none."""
        claimed = self._store.claimed(self._tenant, program.id, key) if key else None
        if claimed is None:
            return ""
        if claimed.digest != input_digest(input):
            raise KeyTaken(key, claimed.run)
        return claimed.run

    def _refuse_secrets(self, run: str, value: Json, what: str) -> None:
        if value not in (None, ""):
            self._disclosures.refuse(self._reading.program(self._reading.find(run).program), value, what)

    def _started(self, program: Program, input: Json, *, run: str, seed: str, key: str) -> Started:
        self._disclosures.refuse(program, input, "the input")
        self._disclosures.refuse(program, key, "the idempotency key")
        return Started(
            at=now(),
            run=chosen_run_id(run),
            tenant=self._tenant,
            program=program.digest,
            logic=LOGIC_VERSION,
            seed=seed or secrets.token_hex(16),
            input=input,
            env=self._environment.of(program),
            simulate=self._reading.settings.simulate,
            key=key,
        )

    async def drain(self, grace_s: float) -> None:
        """Takes nothing new on, and lets what is under way come to an end within the grace (I-41)."""
        await self._host.drain(grace_s)

    def close(self) -> None:
        """Stops performing; what is under way is issued again by the next owner (R4)."""
        self._host.close()

    async def _stored(self, appends: Sequence[Append]) -> None:
        """Appends the records of a run that no host has in memory; returns when all of them are durable."""
        loop = asyncio.get_running_loop()
        last: asyncio.Future[Exception | None] = loop.create_future()
        for append in appends[:-1]:
            # Where one is refused the next cannot follow it, so the last one tells.
            self._store.append(append, _leave_to_last)
        self._store.append(appends[-1], partial(told, last))
        failed = await last
        if failed is not None:
            raise failed


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


class Offering:
    """The project's workflows, for those that start each other."""

    def __init__(self, reading: Reading, environment: Environment) -> None:
        self._reading = reading
        self._environment = environment

    def find(self, workflow: str) -> Offered | None:
        """Returns what starts a workflow; None where the project has none of that id."""
        loaded = self._reading.loaded
        if loaded is None or workflow not in loaded.programs:
            return None
        program, definition = self._reading.workflow(workflow)
        return Offered(program, (program.digest, definition), self._environment.of(program))

    def triggered_by(self, signal: str) -> list[str]:
        """Returns the workflows that a signal starts."""
        loaded = self._reading.loaded
        programs = loaded.programs if loaded is not None else {}
        return [id for id, program in programs.items() if signal in program.triggers]
