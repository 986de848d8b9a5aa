"""The simulated host: many runs, one thread, one seed, no clock and no disk of its own.

It turns the same lanes as every host over a list of happenings: a commit, an answer, a deadline, a timer. With a seed
it picks among those that may come next; faults are drawn from the same seed. A crash drops everything but the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Literal

import msgspec

from statewright.effects.performer import Answer, Refusal, Work
from statewright.errors import StatewrightError
from statewright.hosts.closing import closing, timed_out
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.relatives import Accepted, Library, NoLibrary, Offered, Relatives
from statewright.hosts.replay import fold
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import AnyEffect, Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import AnyEvent, Fired, Resumed, Started
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import Store

# Where simulated time begins: 2026-01-01T00:00:00Z.
DAY_ONE = 1_767_225_600_000
# More happenings than this and a test hangs; the largest honest one is a fan-out of 10,000.
HAPPENINGS_MAX = 1_000_000
DUPLICATE = 50  # ms after which an answer comes a second time
NEVER = 2**53  # later than every timer

_Key = tuple[str, str]


class Late(msgspec.Struct, frozen=True):
    """An outcome that takes `after` ms."""

    outcome: Answer | Refusal
    after: int


# What the world says to a call; None says nothing, ever.
World = Callable[[Call, Work], Answer | Refusal | Late | None]
Told = Callable[[Taken, State], None]


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong. Chances are between 0 and 1; `crashes` are numbers of commits after which the process dies."""

    latency: int = 0  # each answer takes up to so many ms longer
    duplicates: float = 0.0  # answers that come twice
    refusals: float = 0.0  # calls that the world refuses for now
    late_answers: float = 0.0  # cancelled calls that answer all the same
    crashes: frozenset[int] = frozenset()


class Performed(msgspec.Struct, frozen=True):
    """An attempt that left the process: what a ledger on the other side would show."""

    run: str
    effect: str
    attempt: int
    at: int


class Happening(msgspec.Struct):
    """Something that comes next, not before `at`."""

    kind: Literal["commit", "answer", "deadline", "timer", "outside"]
    at: int
    key: _Key
    id: str = ""
    call: Call | None = None
    outcome: Answer | Refusal | None = None
    again: bool = False  # a second copy of an answer
    act: Callable[[], None] | None = None  # what somebody outside does


class Flight(msgspec.Struct, frozen=True):
    """A call under way."""

    call: Call
    started: int


class Crashed(Exception):
    """Raised inside a step where the process dies; `step` catches it."""


def _ignore(outcome: Taken | Rejected | Exception) -> None:
    """Nobody asked what became of the event."""


class SimulatedHost:
    """Drives runs step by step. `seed` of None takes happenings in order of time and cause."""

    def __init__(
        self,
        store: Store,
        world: World,
        programs: Callable[[str], Program],
        *,
        seed: int | None = None,
        faults: Faults | None = None,
        library: Library | None = None,
    ) -> None:
        self.now = DAY_ONE
        self.commits = 0
        self.performed: list[Performed] = []
        self._store = store
        self._world = world
        self._programs = programs
        self._faults = faults or Faults()
        self._order = None if seed is None else Random(f"{seed}:order")
        # Faults draw from a stream of their own: one more draw in it must not change the order of everything else.
        self._chance = Random(f"{seed}:faults")
        self._listeners: list[Told] = []
        self._happenings: list[Happening] = []
        self._relatives = Relatives(_Runs(self), store, programs, library or NoLibrary())
        self._forget()

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record, in order."""
        self._listeners.append(told)

    def start(self, program: Program, started: Started, definition: tuple[str, bytes] | None = None) -> Rejected | None:
        """Starts a run; it is durable after its first commit."""
        key = (started.tenant, started.run)
        if key in self._lanes or self._store.index(*key) is not None:
            return Rejected("RUN_EXISTS", f"run {started.run!r} exists")
        return self._start(key, program, started, definition)

    def deliver(self, tenant: str, run: str, event: AnyEvent) -> Rejected | None:
        """Delivers an event from outside; returns the refusal where the run does not take it."""
        self._open((tenant, run))
        return self._deliver((tenant, run), event)

    def outside(self, at: int, act: Callable[[], None]) -> None:
        """Lets somebody outside act at a time; a crash does not forget it."""
        self._happenings.append(Happening("outside", at, ("", ""), act=act))

    def step(self) -> bool:
        """Lets one thing happen; says whether there was one. A crash happens, and recovery with it."""
        if not self._happenings:
            return False
        happening = self._next()
        self.now = max(self.now, happening.at)
        try:
            HAPPEN[happening.kind](self, happening)
        except Crashed:
            self.crash()
            self.recover()
        return True

    def settle(self) -> None:
        """Steps until nothing is left to happen."""
        for _ in range(HAPPENINGS_MAX):
            if not self.step():
                return
        raise AssertionError(f"still busy after {HAPPENINGS_MAX} happenings")

    def state(self, tenant: str, run: str) -> State:
        """Returns the run's state, read from the store if it is not in memory."""
        return self._open((tenant, run)).state

    def suspended(self, tenant: str, run: str) -> str:
        """Returns why the run is suspended; nothing if it is not."""
        return self._open((tenant, run)).suspended

    def crash(self) -> None:
        """Drops all memory. Of each run's queued appends the disk kept a prefix, by chance."""
        for appends in self._appends.values():
            for taken, _ in list(appends)[: self._chance.randint(0, len(appends))]:
                self._write(taken)
        self._forget()

    def recover(self) -> None:
        """Opens every run that owes something or has a timer, as a host does at its start (R4)."""
        # Other hosts leave a run asleep until its timer is due; here its timer simply goes on the list.
        for row in self._store.open_runs(NEVER):
            self._open((row.tenant, row.run))

    def _forget(self) -> None:
        self._lanes: dict[_Key, Lane] = {}
        self._appends: dict[_Key, deque[tuple[Taken, Accepted]]] = {}
        self._flights: dict[str, Flight] = {}
        # Whoever is outside does not die with the process.
        self._happenings = [happening for happening in self._happenings if happening.kind == "outside"]

    def _next(self) -> Happening:
        ready = [happening for happening in self._happenings if happening.at <= self.now]
        if not ready:
            first = min(happening.at for happening in self._happenings)
            ready = [happening for happening in self._happenings if happening.at == first]
        chosen = ready[0] if self._order is None else self._order.choice(ready)
        self._happenings.remove(chosen)
        return chosen

    def _start(
        self,
        key: _Key,
        program: Program,
        started: Started,
        definition: tuple[str, bytes] | None,
        accepted: Accepted = _ignore,
    ) -> Rejected | None:
        lane = Lane(program, self._store.blob)
        outcome = lane.take(started, definition)
        if isinstance(outcome, Rejected):
            accepted(outcome)
            return outcome
        self._lanes[key] = lane
        self._queue(key, outcome, accepted)
        return None

    def _deliver(self, key: _Key, event: AnyEvent, accepted: Accepted = _ignore) -> Rejected | None:
        outcome = self._lanes[key].take(event)
        if isinstance(outcome, Rejected):
            accepted(outcome)
            return outcome
        self._queue(key, outcome, accepted)
        return None

    def _queue(self, key: _Key, taken: Taken, accepted: Accepted) -> None:
        self._appends.setdefault(key, deque()).append((taken, accepted))
        self._happenings.append(Happening("commit", self.now, key))

    def _commit(self, happening: Happening) -> None:
        """The first queued append of the run becomes durable; only now its effects leave (R29)."""
        taken, accepted = self._appends[happening.key].popleft()
        self._write(taken)
        self.commits += 1
        dies = self.commits in self._faults.crashes
        if dies and self._chance.random() < 0.5:
            raise Crashed
        for effect in taken.effects:
            self._release(happening.key, effect)
        for told in self._listeners:
            told(taken, self._lanes[happening.key].state)
        accepted(taken)
        self._relatives.answer_parent(happening.key, self._lanes[happening.key].state)
        if dies:
            raise Crashed

    def _write(self, taken: Taken) -> None:
        failed: list[Exception | None] = []
        self._store.append(taken.append, failed.append)
        assert failed == [None], f"the store of a simulation acknowledges at once: {failed}"

    def _release(self, key: _Key, effect: AnyEffect) -> None:
        if isinstance(effect, Call):
            self._perform(key, effect)
        elif isinstance(effect, Timer):
            self._happenings.append(Happening("timer", effect.due, key, effect.id))
        elif isinstance(effect, Cancel):
            self._cancel(key, effect.id)
        elif isinstance(effect, Spawn):
            self._relatives.spawn(key, self._lanes[key], effect)
        else:
            self._relatives.send(key, self._lanes[key], effect)

    def _perform(self, key: _Key, call: Call) -> None:
        lane = self._lanes[key]
        state = lane.state
        work = Work(tenant=state.tenant, run=state.run, program=lane.program, seed=state.seed, simulate=state.simulate)
        self._flights[call.id] = Flight(call, self.now)
        self.performed.append(Performed(state.run, call.id, call.attempt, self.now))
        if call.deadline:
            self._happenings.append(Happening("deadline", call.deadline, key, call.id, call))
        said = self._world(call, work)
        if self._chance.random() < self._faults.refusals:
            said = Refusal(code="UNAVAILABLE", message="the simulated world is out of order", retryable=True)
        if said is None:
            return
        outcome, after = (said.outcome, said.after) if isinstance(said, Late) else (said, 0)
        after += self._chance.randint(0, self._faults.latency)
        self._happenings.append(Happening("answer", self.now + after, key, call.id, call, outcome))
        if self._chance.random() < self._faults.duplicates:
            twice = Happening("answer", self.now + after + DUPLICATE, key, call.id, call, outcome, again=True)
            self._happenings.append(twice)

    def _answer(self, happening: Happening) -> None:
        assert happening.call is not None
        assert happening.outcome is not None
        self._close(happening, happening.call, happening.outcome)

    def _overdue(self, happening: Happening) -> None:
        assert happening.call is not None
        self._close(happening, happening.call, timed_out(happening.call))

    def _close(self, happening: Happening, call: Call, outcome: Answer | Refusal) -> None:
        flight = self._flights.get(call.id)
        if flight is not None and flight.call.attempt == call.attempt:
            del self._flights[call.id]
            self._drop("deadline", call.id)
        elif not happening.again:
            return
        started = flight.started if flight is not None else self.now
        self._deliver(happening.key, closing(call, outcome, started=started, now=self.now))

    def _fire(self, happening: Happening) -> None:
        self._deliver(happening.key, Fired(at=self.now, effect=happening.id))

    def _act(self, happening: Happening) -> None:
        assert happening.act is not None
        happening.act()

    def _cancel(self, key: _Key, id: str) -> None:
        self._drop("timer", id)
        flight = self._flights.get(id)
        if flight is None:
            pending = self._lanes[key].state.pending.get(id)
            if pending is None and self._lanes[key].state.status == "terminated":
                self._relatives.orphan(key, id)
            if pending is not None and isinstance(pending.effect, Spawn | Send):
                self._relatives.cancel(key, self._lanes[key], pending.effect)
            if pending is None or not isinstance(pending.effect, Call):
                return
            # Nobody is at it: it died with the process. Its fate is unknown, but it is over for us.
            flight = self._flights[id] = Flight(pending.effect, self.now)
        elif self._chance.random() < self._faults.late_answers:
            return
        call = flight.call
        stopped = Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped")
        self._happenings.append(Happening("answer", self.now, key, id, call, stopped))

    def _drop(self, kind: str, id: str) -> None:
        self._happenings = [one for one in self._happenings if one.kind != kind or one.id != id]

    def _open(self, key: _Key) -> Lane:
        lane = self._lanes.get(key)
        if lane is not None:
            return lane
        row = self._store.index(*key)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {key[1]!r}")
        program = self._programs(row.program)
        folded = fold(program, self._store.read(*key), self._store.blob)
        assert folded.divergence is None, folded.divergence
        lane = Lane(program, self._store.blob, folded)
        self._lanes[key] = lane
        if lane.state.ended or lane.suspended:
            return lane
        for id, due in lane.timers.items():
            self._happenings.append(Happening("timer", due, key, id))
        if lane.owes:
            self._deliver(key, Resumed(at=self.now))
        return lane


class _Runs:
    """What the host can do with runs, for those that reach each other."""

    def __init__(self, host: SimulatedHost) -> None:
        self._host = host

    def clock(self) -> int:
        return self._host.now

    def open(self, key: _Key) -> Lane | None:
        known = key in self._host._lanes or self._host._store.index(*key) is not None
        return self._host._open(key) if known else None

    def begin(self, key: _Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        self._host._start(key, offered.program, started, offered.definition, accepted)

    def deliver(self, key: _Key, event: AnyEvent, accepted: Accepted | None = None) -> None:
        self._host._deliver(key, event, accepted or _ignore)


HAPPEN: dict[str, Callable[[SimulatedHost, Happening], None]] = {
    "commit": SimulatedHost._commit,
    "answer": SimulatedHost._answer,
    "deadline": SimulatedHost._overdue,
    "timer": SimulatedHost._fire,
    "outside": SimulatedHost._act,
}
