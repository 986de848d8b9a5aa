"""How runs reach each other: a child is started and answers its parent, a signal is told to all who listen.

Every host has one, and gives it four things that it can do with runs. Nothing is remembered here: a Spawn or Send that
is performed again finds the child that is there, and is known by its id where it was heard (R14, R15). A pause stays
with the run that it was said to: its children are under way, and come back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.lane import Lane, Taken
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Send, Spawn, child_id
from statewright.kernel.events import Answered, AnyEvent, Cancelled, Received, Refused, Started, Terminated
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.signals import can_read
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.store.contract import IndexRow, Store

Key = tuple[str, str]  # tenant, run
_FOREIGN = re.compile(r"[^a-z0-9_-]")
Accepted = Callable[[Taken | Rejected | Exception], None]

# DESIGN 9: an id has so many characters. A child's holds its parent's, so this also ends a workflow that starts itself.
RUN_ID_MAX = 63
# Runs that one signal is told to; a project that needs more is served by a queue, not by a broadcast.
LISTENERS_MAX = 10_000


class Offered(msgspec.Struct, frozen=True):
    """A workflow that can be started: its program, the definition to pin, and the variables that it may see."""

    program: Program
    definition: tuple[str, bytes]
    env: dict[str, Json] = {}


class Library(Protocol):
    """The workflows of the project, as they are now."""

    def find(self, workflow: str) -> Offered | None:
        """Returns the workflow with this id."""

    def triggered_by(self, signal: str) -> list[str]:
        """Returns the ids of the workflows that a signal of this name starts."""


class NoLibrary:
    """No workflow can be started by another."""

    def find(self, workflow: str) -> Offered | None:
        """There is none."""
        return None

    def triggered_by(self, signal: str) -> list[str]:
        """There is none."""
        return []


class Runs(Protocol):
    """What a host can do with runs."""

    def clock(self) -> int:
        """Returns the time in milliseconds."""

    def open(self, key: Key) -> Lane | None:
        """Returns a run in memory, read if needed; None where there is no such run."""

    def begin(self, key: Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        """Starts a run; `accepted` hears once that is durable or refused."""

    def deliver(self, key: Key, event: AnyEvent, accepted: Accepted | None = None) -> None:
        """Delivers an event; `accepted` hears once it is durable or refused."""

    def later(self, act: Callable[[], None]) -> None:
        """Acts in a while, if this host still lives: what the disk refuses now it may take then."""


class Relatives:
    """Performs Spawn and Send."""

    def __init__(self, runs: Runs, store: Store, programs: Callable[[str], Program], library: Library) -> None:
        self._runs = runs
        self._store = store
        self._programs = programs
        self._library = library

    def reach(self, key: Key, lane: Lane, effect: Spawn | Send) -> None:
        """Performs either. That a relative cannot be read is an answer, too: whoever waits for it must go on."""
        try:
            if isinstance(effect, Spawn):
                self.spawn(key, lane, effect)
            else:
                self.send(key, lane, effect)
        except StatewrightError as error:
            self._refuse(key, effect, error.code, error.message)

    def spawn(self, key: Key, lane: Lane, spawn: Spawn) -> None:
        """Starts the child, or finds it; an ended one answers at once."""
        if not _is_wanted(lane, spawn):
            return
        child = (key[0], child_id(spawn.id))
        if len(child[1]) > RUN_ID_MAX:
            text = f"workflows that start each other nest too deep for a run's id of {RUN_ID_MAX} characters"
            self._refuse(key, spawn, "NESTING_LIMIT", text)
            return
        found = self._runs.open(child)
        if found is not None and found.state.parent != spawn.id:
            self._refuse(key, spawn, "RUN_EXISTS", f"the run {child[1]!r} is there, and is no child of this one")
            return
        if found is not None:
            self.answer_parent(child, found.state)
            return
        offered = self._library.find(spawn.workflow)
        if offered is None:
            self._refuse(key, spawn, "WORKFLOW_UNKNOWN", f"the project has no workflow {spawn.workflow!r} now")
            return
        started = self._started(child[1], lane.state, offered, spawn.input, parent=spawn.id)
        self._runs.begin(child, offered, started, lambda outcome: self._begun(key, spawn, outcome))

    def answer_parent(self, key: Key, state: State) -> None:
        """Brings a child's outcome to the run that spawned it, if it has ended."""
        if not state.ended or not state.parent:
            return
        row = self._store.index(*key)
        if row is None or row.status != state.status:
            # The lane is ahead of the disk; the commit of the child's end comes here again (R29).
            return
        parent = _parent(key, state)
        try:
            lane = self._runs.open(parent)
        except StatewrightError:
            # Whoever asks for the parent is told what is wrong with it; once it can be read, it finds its child ended.
            return
        pending = lane.state.pending.get(state.parent) if lane is not None else None
        if pending is not None and pending.status in ("issued", "closing"):
            self._runs.deliver(parent, outcome_of(state, pending.attempt, self._runs.clock()))

    def cancel(self, key: Key, lane: Lane, effect: Spawn | Send) -> None:
        """Cancels the child. One that never began is over at once; a signal is told all the same, it is under way."""
        if isinstance(effect, Send):
            return
        child = (key[0], child_id(effect.id))
        try:
            found = self._runs.open(child)
        except StatewrightError as error:
            self._refuse(key, effect, error.code, error.message)
            return
        if found is None:
            self._refuse(key, effect, "CANCELLED", "it was cancelled before it began")
        elif found.state.ended:
            self.answer_parent(child, found.state)
        else:
            self._runs.deliver(child, Cancelled(at=self._runs.clock(), reason="its parent was cancelled"), _ignore)

    def orphan(self, key: Key, id: str) -> None:
        """Ends the child of a run that was terminated: nobody would hear how it ends by itself (R11)."""
        child = (key[0], child_id(id))
        try:
            found = self._runs.open(child)
        except StatewrightError:
            # It cannot go on either; once it can be read, it is found to be bereaved.
            return
        if found is not None and found.state.parent == id and not found.state.ended:
            self._runs.deliver(child, bereaved(self._runs.clock()), _ignore)

    def is_bereaved(self, state: State) -> bool:
        """Says whether the run's parent was terminated by a host that died before it could end the children."""
        key = (state.tenant, state.run)
        if not state.parent or state.ended or child_id(state.parent) != state.run:
            return False
        row = self._store.index(*_parent(key, state))
        return row is not None and row.status == "terminated"

    def send(self, key: Key, lane: Lane, send: Send) -> None:
        """Tells everybody who listens, and starts what the signal triggers; the sender goes on once all is durable."""
        if not _is_wanted(lane, send):
            return
        deliveries = [*self._hearing(key, send), *self._triggering(key, lane, send)]
        left = len(deliveries)
        refused: list[Rejected] = []
        failed: list[Exception] = []

        def heard(outcome: Taken | Rejected | Exception) -> None:
            nonlocal left
            left -= 1
            if isinstance(outcome, Exception):
                failed.append(outcome)
            if isinstance(outcome, Rejected) and outcome.code != "SIGNAL_REPEATED":
                refused.append(outcome)
            if left <= 0 and failed:
                # Who has heard it knows it already.
                self._again(key, send)
            elif left <= 0:
                self._told(key, send, len(deliveries) - len(refused), refused)

        if not deliveries:
            self._told(key, send, 0, refused)
        for deliver in deliveries:
            deliver(heard)

    def _hearing(self, key: Key, send: Send) -> Iterator[Callable[[Accepted], None]]:
        event = Received(at=self._runs.clock(), name=send.name, payload=send.payload, key=send.id, source=key[1])
        for row in self._store.runs(key[0], status="running", limit=LISTENERS_MAX):
            target = (row.tenant, row.run)
            if self._listens(row, send.name):
                yield lambda accepted, target=target: self._runs.deliver(target, event, accepted)  # type: ignore[misc]

    def _listens(self, row: IndexRow, signal: str) -> bool:
        try:
            if not can_read(self._programs(row.program), signal):
                return False
            return self._runs.open((row.tenant, row.run)) is not None
        except StatewrightError:
            # What cannot be read hears nothing, and keeps nobody from being heard by the others.
            return False

    def _triggering(self, key: Key, lane: Lane, send: Send) -> Iterator[Callable[[Accepted], None]]:
        for workflow in self._library.triggered_by(send.name):
            offered = self._library.find(workflow)
            run = (key[0], f"{child_id(send.id)}-{_FOREIGN.sub('-', workflow.lower())}")
            if offered is not None and len(run[1]) <= RUN_ID_MAX and self._runs.open(run) is None:
                payload, unfit = _admitted(offered.program, send)
                if unfit is not None:
                    yield lambda accepted, unfit=unfit: accepted(unfit)  # type: ignore[misc]
                    continue
                started = self._started(run[1], lane.state, offered, payload, parent="")
                yield lambda accepted, run=run, offered=offered, started=started: self._runs.begin(  # type: ignore[misc]
                    run, offered, started, accepted
                )

    def _started(self, run: str, by: State, offered: Offered, input: Json, *, parent: str) -> Started:
        return Started(
            at=self._runs.clock(),
            run=run,
            tenant=by.tenant,
            program=offered.program.digest,
            logic=LOGIC_VERSION,
            # Derived, so that a second attempt starts the same run.
            seed=f"{by.seed}:{run}",
            input=input,
            env=offered.env,
            simulate=by.simulate,
            parent=parent,
        )

    def _begun(self, key: Key, spawn: Spawn, outcome: Taken | Rejected | Exception) -> None:
        if isinstance(outcome, Rejected):
            self._refuse(key, spawn, outcome.code, outcome.reason)
        elif isinstance(outcome, Exception):
            self._again(key, spawn)

    def _again(self, key: Key, effect: Spawn | Send) -> None:
        """Performs the same attempt once more, unless the run has let go of it: what could not be kept never was."""

        def act() -> None:
            try:
                lane = self._runs.open(key)
            except StatewrightError:
                # Whoever asks for the run is told what is wrong with it; once it can be read, it asks again (R4).
                return
            if lane is not None:
                self.reach(key, lane, effect)

        self._runs.later(act)

    def _refuse(self, key: Key, effect: Spawn | Send, code: str, message: str) -> None:
        lane = self._runs.open(key)
        pending = lane.state.pending.get(effect.id) if lane is not None else None
        if pending is not None:
            refused = Refused(
                at=self._runs.clock(), effect=effect.id, attempt=pending.attempt, code=code, message=message
            )
            self._runs.deliver(key, refused)

    def _told(self, key: Key, send: Send, count: int, refused: list[Rejected]) -> None:
        lane = self._runs.open(key)
        pending = lane.state.pending.get(send.id) if lane is not None else None
        if pending is not None:
            value: Json = {"told": count}
            if refused:
                # Whoever did not take it keeps nothing: the sender's journal is where that can be read (R14).
                value["refused"] = [{"code": one.code, "message": one.reason} for one in refused]
            self._runs.deliver(
                key, Answered(at=self._runs.clock(), effect=send.id, attempt=pending.attempt, value=value)
            )


def outcome_of(state: State, attempt: int, now: int) -> Answered | Refused:
    """Returns what an ended child says to the run that spawned it."""
    if state.status == "done":
        return Answered(
            at=now,
            effect=state.parent,
            attempt=attempt,
            value=state.output,
            started=state.started_at,
            took=state.at - state.started_at,
            usage=state.usage,
            simulated=state.simulated,
        )
    code = state.error.code if state.error is not None else "CHILD_FAILED"
    message = state.error.message if state.error is not None else f"the child ended as {state.status}"
    details = {"run": state.run, "status": state.status}
    return Refused(at=now, effect=state.parent, attempt=attempt, code=code, message=message, details=details)


def _admitted(program: Program, send: Send) -> tuple[Json, Rejected | None]:
    """Returns what a signal starts a workflow with, by the schema of the trigger that names it; or why it does not."""
    schema = program.triggers.get(send.name)
    if schema is None:
        return send.payload, None
    payload = schema.with_defaults({} if send.payload is None else send.payload)
    problems = schema.problems(payload)
    if not problems:
        return payload, None
    told = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
    reason = f"signal {send.name!r} starts no {program.id!r}: its payload does not fit the trigger's schema: {told}"
    return None, Rejected("INPUT_INVALID", reason)


def bereaved(now: int) -> Terminated:
    """Returns what ends the child of a run that was terminated."""
    return Terminated(at=now, reason="its parent was terminated")


def _parent(key: Key, state: State) -> Key:
    return key[0], state.parent.rpartition(":")[0]


def _is_wanted(lane: Lane, effect: Spawn | Send) -> bool:
    """Whether the lane, ahead of the disk, still waits for this attempt (R10)."""
    pending = lane.state.pending.get(effect.id)
    return pending is not None and pending.attempt == effect.attempt and pending.status == "issued"


def _ignore(outcome: Taken | Rejected | Exception) -> None:
    """A child that is ending by itself needs no cancelling."""
