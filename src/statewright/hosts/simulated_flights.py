"""Calls under way on the simulated host: what the world says to each, when, how often, and what goes wrong with it.

The counterpart of `flights.py`. It knows nothing of runs beyond the key that it hands back.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from statewright.effects.performer import Answer, Refusal, Work
from statewright.hosts.chance import Streams, strikes
from statewright.hosts.closing import closing, timed_out
from statewright.hosts.happenings import Happening, Happenings, Key, VirtualClock
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Refused

DUPLICATE = 50  # ms after which an answer or a timer comes a second time


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong. Chances are between 0 and 1; `crashes` are numbers of commits after which the process dies."""

    latency: int = 0  # each answer takes up to so many ms longer
    duplicates: float = 0.0  # answers and timers that come twice
    refusals: float = 0.0  # calls that the world refuses for now
    late_answers: float = 0.0  # cancelled calls that answer all the same
    crashes: frozenset[int] = frozenset()
    deaths: float = 0.0  # steps in whose place the process dies
    forgetting: float = 0.0  # commits after which a snapshot is kept, and a run that owes nothing leaves memory
    stalls: float = 0.0  # steps before which time passes although there is work
    jumps: float = 0.0  # steps before which the clock is set
    jump: int = 0  # ms by which it is set, at most, to and fro


class Late(msgspec.Struct, frozen=True):
    """An outcome that takes `after` ms."""

    outcome: Answer | Refusal
    after: int


# What the world says to a call; None says nothing, ever.
World = Callable[[Call, Work], Answer | Refusal | Late | None]


class Performed(msgspec.Struct, frozen=True):
    """An attempt that left the process: what a ledger on the other side would show."""

    run: str
    effect: str
    attempt: int
    at: int


class Flight(msgspec.Struct, frozen=True):
    """A call under way."""

    call: Call
    started: int


class SimulatedFlights:
    """Begins calls and says how each attempt ended."""

    def __init__(self, world: World, happenings: Happenings, clock: VirtualClock, streams: Streams) -> None:
        self.performed: list[Performed] = []
        self.faults = Faults()
        self._world = world
        self._happenings = happenings
        self._clock = clock
        self._streams = streams
        self._under_way: dict[str, Flight] = {}

    def begin(self, key: Key, call: Call, work: Work) -> None:
        """Begins an attempt; an earlier one is void from now on."""
        self._under_way[call.id] = Flight(call, self._clock.now)
        self.performed.append(Performed(work.run, call.id, call.attempt, self._clock.now))
        if call.deadline:
            self._happenings.add(Happening("deadline", self._clock.armed(call.deadline), key, call.id, call))
        said = self._world(call, work)
        if self._strikes(self.faults.refusals):
            said = Refusal(code="UNAVAILABLE", message="the simulated world is out of order", retryable=True)
        if said is None:
            return
        outcome, after = (said.outcome, said.after) if isinstance(said, Late) else (said, 0)
        after += self._streams.faults(self.faults.latency + 1) if self.faults.latency else 0
        answer = Happening("answer", self._clock.passed + after, key, call.id, call, outcome)
        self._happenings.add(answer)
        if self._strikes(self.faults.duplicates):
            self._happenings.add(msgspec.structs.replace(answer, at=answer.at + DUPLICATE, again=True))

    def stop(self, key: Key, id: str) -> bool:
        """Asks a call to stop, and says whether it was under way; some answer all the same."""
        flight = self._under_way.get(id)
        if flight is not None and not self._strikes(self.faults.late_answers):
            self._stop(key, flight.call)
        return flight is not None

    def lose(self, key: Key, call: Call) -> None:
        """Ends a call that nobody is at. Its fate is unknown, but it is over for us."""
        self._under_way[call.id] = Flight(call, self._clock.now)
        self._stop(key, call)

    def landed(self, happening: Happening) -> Answered | Refused | None:
        """Returns how an attempt ended, unless it has ended before; a second copy of an answer is told all the same."""
        call = happening.call
        assert call is not None
        flight = self._under_way.get(call.id)
        if flight is not None and flight.call.attempt == call.attempt:
            del self._under_way[call.id]
            self._happenings.drop("deadline", id=call.id)
        elif not happening.again:
            return None
        started = flight.started if flight is not None else self._clock.now
        return closing(call, happening.outcome or timed_out(call), started=started, now=self._clock.now)

    def forget(self) -> None:
        """Dies with its process."""
        self._under_way = {}

    def _stop(self, key: Key, call: Call) -> None:
        stopped = Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped")
        self._happenings.add(Happening("answer", self._clock.passed, key, call.id, call, stopped))

    def _strikes(self, chance: float) -> bool:
        return strikes(self._streams.faults, chance)
