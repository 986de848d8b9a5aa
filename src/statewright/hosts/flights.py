"""Calls under way: what stops each, and its deadline. A call lands once an attempt, whatever its performer does.

So many are under way at once; the rest wait, in turn by tenant and run. It knows nothing of runs beyond the key that
it hands back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from statewright.effects.performer import Answer, Performer, Refusal, Stop, Work
from statewright.hosts.clock import Clock
from statewright.hosts.closing import closing, timed_out
from statewright.hosts.deadlines import Deadlines
from statewright.hosts.fair import Fair, Key
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Refused

Landed = Callable[[Key, Answered | Refused], None]


class Flight(msgspec.Struct):
    """One attempt of a call under way, or in line."""

    key: Key
    call: Call
    work: Work
    started: int  # by the recorded clock
    since: float  # by the loop's, in seconds
    has_left: bool = False
    stop: Stop | None = None


class Flights:
    """Begins calls and says how each attempt ended."""

    def __init__(self, performer: Performer, clock: Clock, landed: Landed, most: int) -> None:
        self._performer = performer
        self._clock = clock
        self._landed = landed
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._is_under_way, self._overdue)
        self._under_way: dict[str, Flight] = {}
        self._in_air = 0
        self._line: Fair[Flight] = Fair()
        self._draining = False

    def __len__(self) -> int:
        return len(self._under_way)

    def begin(self, key: Key, call: Call, work: Work, at: int) -> None:
        """Begins an attempt that was decided at `at`. An earlier one, left over from a dropped run, is void."""
        if call.id in self._under_way:
            _stop(self._land(call.id))
        if self._draining and not call.at_most_once:
            # Left for the next host. What it could not tell from a call that was sent is rather begun.
            return
        started, since = self._clock(), self._loop.time()
        flight = self._under_way[call.id] = Flight(key, call, work, started, since)
        if call.deadline:
            # By how long the call may take: where the clock was set back, `at` stays ahead of it.
            self._deadlines.set(since + max(0, call.deadline - max(at, started)) / 1_000, flight)
        if self._in_air < self._most:
            self._leave(flight)
        else:
            self._line.put(key, flight)

    def stop(self, id: str) -> bool:
        """Asks a call to stop, and says whether it was under way; it still lands."""
        flight = self._under_way.get(id)
        if flight is None:
            return False
        if flight.has_left:
            _stop(flight)
        else:
            self._loop.call_soon(self._finished, flight, _cancelled(flight.call))
        return True

    def of(self, key: Key) -> bool:
        """Says whether a call of this run is under way."""
        return any(flight.key == key for flight in self._under_way.values())

    def drain(self) -> None:
        """Begins nothing any more; what is under way may land, and what is in line is left for the next host."""
        self._draining = True
        for flight in self._line.clear():
            if flight.call.at_most_once:
                self._leave(flight)
            elif self._under_way.get(flight.call.id) is flight:
                self._land(flight.call.id)

    def close(self) -> None:
        """Stops everything; nothing lands any more. The next host issues it again (R4)."""
        self._draining = True
        self._line.clear()
        self._deadlines.close()
        for id in list(self._under_way):
            _stop(self._land(id))

    def _leave(self, flight: Flight) -> None:
        flight.has_left = True
        self._in_air += 1
        stop = self._performer.begin(flight.call, flight.work, partial(self._finished, flight))
        if self._is_under_way(flight):
            flight.stop = stop

    def _is_under_way(self, flight: Flight) -> bool:
        return self._under_way.get(flight.call.id) is flight

    def _finished(self, flight: Flight, outcome: Answer | Refusal) -> None:
        if self._is_under_way(flight):
            self._land(flight.call.id)
            self._tell(flight, outcome)

    def _overdue(self, flight: Flight) -> None:
        _stop(self._land(flight.call.id))
        late = timed_out(flight.call)
        self._tell(flight, late if flight.has_left else msgspec.structs.replace(late, left=False, unknown=False))

    def _tell(self, flight: Flight, outcome: Answer | Refusal) -> None:
        took = round((self._loop.time() - flight.since) * 1_000)
        self._landed(flight.key, closing(flight.call, outcome, started=flight.started, now=self._clock(), took=took))

    def _land(self, id: str) -> Flight:
        flight = self._under_way.pop(id)
        if flight.has_left:
            self._in_air -= 1
            if self._line:
                # Not here: a call that is answered inside `begin` would begin the next one inside its landing.
                self._loop.call_soon(self._next)
        return flight

    def _next(self) -> None:
        while self._line and self._in_air < self._most:
            flight = self._line.take()
            if self._under_way.get(flight.call.id) is flight:
                self._leave(flight)
                return


def _cancelled(call: Call) -> Refusal:
    return Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped before it began", left=False)


def _stop(flight: Flight) -> None:
    if flight.stop is not None:
        flight.stop()
