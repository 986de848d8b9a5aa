"""The simulated host: many runs, one thread, one seed, no clock and no disk of its own.

It turns the same lanes as every host over a list of happenings: a commit, an answer, a deadline, a timer. With a seed
it picks among those that may come next; faults and clock have streams of their own. A crash drops everything but the
store, and a host whose position another one has taken stops for good.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from statewright.effects.performer import Work
from statewright.errors import StatewrightError
from statewright.hosts.chance import Streams, seeded, strikes
from statewright.hosts.happenings import Happening, Happenings, Key, VirtualClock
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.reaching import Accepted, Library, NoLibrary, Offered
from statewright.hosts.relatives import Relatives
from statewright.hosts.replay import Known
from statewright.hosts.simulated_flights import DUPLICATE, Faults, Performed, SimulatedFlights, World
from statewright.hosts.snapshots import keep, opened
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import AnyEffect, Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import AnyEvent, Fired, Resumed, Started
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow, PositionTaken, Store

# More happenings than this and a test hangs; the largest honest one is a fan-out of 10,000.
HAPPENINGS_MAX = 1_000_000
AGAIN = 1_000  # ms until what could not be kept for another run is tried again
NEVER = 2**53  # later than every timer
PAGE = 256  # rows read at once
_OVER = object()


Told = Callable[[Taken, State], None]


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
        seed: int | Streams | None = None,
        faults: Faults | None = None,
        library: Library | None = None,
    ) -> None:
        self.commits = 0
        self.crashes = 0
        self.fenced = False  # another host has taken over
        self._store = store
        self._programs = programs
        self._streams = seed if isinstance(seed, Streams) else seeded(seed)
        self._clock = VirtualClock(self._streams.begins)
        self._listeners: list[Told] = []
        self._happenings = Happenings(self._streams)
        self._flights = SimulatedFlights(world, self._happenings, self._clock, self._streams)
        self._library = library or NoLibrary()
        self._flights.faults = faults or Faults()
        self._forget()

    @property
    def performed(self) -> list[Performed]:
        """The attempts that have left this process, in order."""
        return self._flights.performed

    @property
    def now(self) -> int:
        """What the clock shows."""
        return self._clock.now

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record, in order."""
        self._listeners.append(told)

    def start(
        self,
        program: Program,
        started: Started,
        definition: tuple[str, bytes] | None = None,
        accepted: Accepted = _ignore,
    ) -> Rejected | None:
        """Starts a run, or returns why not; `accepted` hears once it is durable."""
        key = (started.tenant, started.run)
        if key in self._lanes or self._store.index(*key) is not None:
            return Rejected("RUN_EXISTS", f"run {started.run!r} exists")
        return self._start(key, program, started, definition, accepted)

    def deliver(self, tenant: str, run: str, event: AnyEvent, accepted: Accepted = _ignore) -> Rejected | None:
        """Delivers an event from outside, or returns why the run does not take it; `accepted` hears what came of it."""
        self._open((tenant, run))
        return self._deliver((tenant, run), event, accepted)

    def outside(self, at: int, act: Callable[[], None]) -> None:
        """Lets somebody outside act at a time; a crash does not forget it."""
        self._happenings.add(Happening("outside", at - self._clock.ahead, ("", ""), act=act))

    def calm(self) -> None:
        """Ends all faults: from now on the world is as it should be."""
        self._flights.faults = Faults()

    def step(self) -> bool:
        """Lets one thing happen; says whether there was one. A crash happens, and recovery with it."""
        if not self._happenings or self.fenced:
            return False
        if self._strikes(self._flights.faults.deaths):
            self.crash()
            self.recover()
            return True
        self._let_time_pass()
        happening = self._happenings.take(self._clock.passed)
        self._clock.passed = max(self._clock.passed, happening.at)
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
        self.crashes += 1
        for appends in self._appends.values():
            for taken, _ in list(appends)[: self._streams.faults(len(appends) + 1)]:
                if self._write(taken) is not None:
                    break
        self._forget()

    def recover(self) -> None:
        """Opens every run that owes something or has a timer, one by one, as a host does at its start (R4)."""
        # Other hosts leave a run asleep until its timer is due; here its timer simply goes on the list.
        for row in _to_wake(self._store):
            self._happenings.add(Happening("open", self._clock.passed, (row.tenant, row.run)))

    def _forget(self) -> None:
        self._lanes: dict[Key, Lane] = {}
        self._appends: dict[Key, deque[tuple[Taken, Accepted]]] = {}
        self._relatives = Relatives(_Runs(self), self._store, self._programs, self._library)
        self._flights.forget()
        self._happenings.forget()

    def _strikes(self, chance: float) -> bool:
        return strikes(self._streams.faults, chance)

    def _let_time_pass(self) -> None:
        clock, faults = self._streams.clock, self._flights.faults
        if strikes(clock, faults.stalls):
            self._clock.passed = self._happenings.after(self._clock.passed)
        if strikes(clock, faults.jumps):
            self._clock.ahead += clock(faults.jump + 1) * (1, -1)[clock(2)]
            self._happenings.rearm(self._clock)

    def _start(
        self,
        key: Key,
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

    def _deliver(self, key: Key, event: AnyEvent, accepted: Accepted = _ignore) -> Rejected | None:
        lane = self._lanes.get(key)
        if lane is None:
            # The run was dropped with its memory; whoever reads it again issues its effects again.
            return None
        outcome = lane.take(event)
        if isinstance(outcome, Rejected):
            accepted(outcome)
            return outcome
        self._queue(key, outcome, accepted)
        return None

    def _queue(self, key: Key, taken: Taken, accepted: Accepted) -> None:
        self._appends.setdefault(key, deque()).append((taken, accepted))
        self._happenings.add(Happening("commit", self._clock.passed, key))

    def _commit(self, happening: Happening) -> None:
        """The first queued append of the run becomes durable; only now its effects leave (R29)."""
        key = happening.key
        taken, accepted = self._appends[key].popleft()
        failed = self._write(taken)
        if failed is not None:
            self._lose(key, failed, accepted)
            return
        self.commits += 1
        dies = self.commits in self._flights.faults.crashes
        if dies and self._streams.faults(2):
            raise Crashed
        lane = self._lanes[key]
        for effect in taken.effects:
            self._release(key, lane, effect)
        for told in self._listeners:
            told(taken, lane.state)
        accepted(taken)
        self._relatives.answer_parent(key, lane.state)
        if dies:
            raise Crashed
        self._passivate(key, lane)

    def _write(self, taken: Taken) -> Exception | None:
        failed: list[Exception | None] = []
        self._store.append(taken.append, failed.append)
        assert len(failed) == 1, "the store of a simulation acknowledges at once"
        return failed[0]

    def _lose(self, key: Key, failed: Exception, accepted: Accepted) -> None:
        """Memory is ahead of the disk, and nobody knows by how much: the run is read again, nothing is written again.

        A position that is taken means that another host is at work: this one stops (R29).
        """
        after = self._appends.pop(key, ())
        del self._lanes[key]
        self._happenings.drop("commit", key=key)
        for heard in (accepted, *(other for _, other in after)):
            heard(failed)
        if isinstance(failed, PositionTaken):
            self.fenced = True
            self._forget()
        else:
            self._happenings.add(Happening("open", self._clock.passed, key))

    def _passivate(self, key: Key, lane: Lane) -> None:
        """Keeps a snapshot early, and lets a run that owes nothing leave memory; a timer or an event reads it again."""
        if self._lanes.get(key) is not lane or not self._strikes(self._flights.faults.forgetting):
            return
        if not self._appends.get(key):
            keep(self._store, lane)
            if not lane.owes and not lane.suspended:
                del self._lanes[key]

    def _release(self, key: Key, lane: Lane, effect: AnyEffect) -> None:
        if isinstance(effect, Call):
            self._begin(key, lane, effect)
        elif isinstance(effect, Timer):
            self._arm(key, effect.id, effect.due)
        elif isinstance(effect, Cancel):
            self._cancel(key, lane, effect.id)
        else:
            self._relatives.reach(key, lane, effect)

    def _arm(self, key: Key, id: str, due: int) -> None:
        self._happenings.add(Happening("timer", self._clock.armed(due), key, id, due=due))
        if self._strikes(self._flights.faults.duplicates):
            self._happenings.add(Happening("timer", self._clock.armed(due) + DUPLICATE, key, id, due=due))

    def _begin(self, key: Key, lane: Lane, call: Call) -> None:
        """Begins a call, unless the lane, ahead of the disk, has let go of it meanwhile: it must not start (R10)."""
        state = lane.state
        pending = state.pending.get(call.id)
        if pending is None or pending.attempt != call.attempt or pending.status != "issued":
            return
        work = Work(tenant=state.tenant, run=state.run, program=lane.program, seed=state.seed, simulate=state.simulate)
        self._flights.begin(key, call, work)

    def _land(self, happening: Happening) -> None:
        closing = self._flights.landed(happening)
        if closing is not None:
            self._deliver(happening.key, closing)

    def _fire(self, happening: Happening) -> None:
        if happening.due > self.now:
            happening.at = self._clock.armed(happening.due)
            self._happenings.add(happening)
            return
        self._open(happening.key)
        self._deliver(happening.key, Fired(at=self.now, effect=happening.id))

    def _look(self, happening: Happening) -> None:
        """Reads a run again. It may have ended with a record of which nobody knew whether it was written."""
        if self._store.index(*happening.key) is not None:
            self._relatives.answer_parent(happening.key, self._open(happening.key).state)

    def _act(self, happening: Happening) -> None:
        assert happening.act is not None
        happening.act()

    def _cancel(self, key: Key, lane: Lane, id: str) -> None:
        self._happenings.drop("timer", id=id)
        if self._flights.stop(key, id):
            return
        pending = lane.state.pending.get(id)
        if pending is None and lane.state.status == "terminated":
            self._relatives.orphan(key, id)
        elif pending is not None and isinstance(pending.effect, Spawn | Send):
            self._relatives.cancel(key, lane, pending.effect)
        elif pending is not None and isinstance(pending.effect, Call):
            self._flights.lose(key, pending.effect)

    def _open(self, key: Key) -> Lane:
        lane = self._lanes.get(key)
        if lane is not None:
            return lane
        row = self._store.index(*key)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {key[1]!r}")
        program = self._programs(row.program)
        folded = opened(self._store, program, Known(*key, row.seq))
        assert folded.divergence is None, folded.divergence
        lane = Lane(program, self._store.blob, folded)
        self._lanes[key] = lane
        if lane.state.ended or lane.suspended:
            return lane
        self._happenings.drop("timer", key=key)
        for id, due in lane.timers.items():
            self._arm(key, id, due)
        if lane.owes:
            self._deliver(key, Resumed(at=self.now))
        return lane


class _Runs:
    """What the host can do with runs, for those that reach each other."""

    def __init__(self, host: SimulatedHost) -> None:
        self._host = host

    def clock(self) -> int:
        return self._host.now

    def open(self, key: Key) -> Lane | None:
        known = key in self._host._lanes or self._host._store.index(*key) is not None
        return self._host._open(key) if known else None

    def begin(self, key: Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        self._host._start(key, offered.program, started, offered.definition, accepted)

    def deliver(self, key: Key, event: AnyEvent, accepted: Accepted | None = None) -> None:
        self._host._deliver(key, event, accepted or _ignore)

    def walk(self, key: Key, steps: Iterator[object]) -> None:
        """Each step is a happening of its own, so that everything can come between two of them."""
        host = self._host

        def step() -> None:
            if next(steps, _OVER) is not _OVER:
                self.walk(key, steps)

        host._happenings.add(Happening("again", host._clock.passed, key, act=step))

    def later(self, act: Callable[[], None]) -> None:
        host = self._host
        host._happenings.add(Happening("again", host._clock.passed + AGAIN, ("", ""), act=act))


def _to_wake(store: Store) -> Iterator[IndexRow]:
    for find in (store.owing, partial(store.due, NEVER)):
        row: IndexRow | None = None
        while page := find(after=row, limit=PAGE):
            yield from page
            row = page[-1]


HAPPEN: dict[str, Callable[[SimulatedHost, Happening], None]] = {
    "commit": SimulatedHost._commit,
    "answer": SimulatedHost._land,
    "deadline": SimulatedHost._land,
    "timer": SimulatedHost._fire,
    "open": SimulatedHost._look,
    "again": SimulatedHost._act,
    "outside": SimulatedHost._act,
}
