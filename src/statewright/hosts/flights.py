"""Calls under way: what stops each, and its deadline. A call lands once an attempt, whatever its performer does.

It knows nothing of runs beyond the key that it hands back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from statewright.effects.performer import Answer, Performer, Refusal, Stop, Work
from statewright.hosts.closing import closing, timed_out
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Refused

Key = tuple[str, str]  # tenant, run
Clock = Callable[[], int]  # milliseconds since 1970 UTC
Landed = Callable[[Key, Answered | Refused], None]


class Flight(msgspec.Struct):
    """One attempt of a call under way."""

    key: Key
    call: Call
    started: int
    stop: Stop | None = None
    deadline: asyncio.TimerHandle | None = None


class Flights:
    """Begins calls and says how each attempt ended."""

    def __init__(self, performer: Performer, clock: Clock, landed: Landed) -> None:
        self._performer = performer
        self._clock = clock
        self._landed = landed
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[str, Flight] = {}

    def begin(self, key: Key, call: Call, work: Work) -> None:
        """Begins an attempt. An earlier one that was left over from a dropped run is void from now on."""
        if call.id in self._under_way:
            _stop(self._land(call.id))
        flight = Flight(key=key, call=call, started=self._clock())
        self._under_way[call.id] = flight
        if call.deadline:
            delay = max(0, call.deadline - flight.started) / 1000
            flight.deadline = self._loop.call_later(delay, self._overdue, flight)
        stop = self._performer.begin(call, work, partial(self._finished, flight))
        if self._under_way.get(call.id) is flight:
            flight.stop = stop

    def stop(self, id: str) -> bool:
        """Asks a call to stop, and says whether it was under way; it still lands."""
        flight = self._under_way.get(id)
        if flight is None:
            return False
        _stop(flight)
        return True

    def of(self, key: Key) -> bool:
        """Says whether a call of this run is under way."""
        return any(flight.key == key for flight in self._under_way.values())

    def close(self) -> None:
        """Stops everything; nothing lands any more. The next host issues it again (R4)."""
        for id in list(self._under_way):
            _stop(self._land(id))

    def _finished(self, flight: Flight, outcome: Answer | Refusal) -> None:
        if self._under_way.get(flight.call.id) is not flight:
            return
        self._land(flight.call.id)
        self._landed(flight.key, closing(flight.call, outcome, started=flight.started, now=self._clock()))

    def _overdue(self, flight: Flight) -> None:
        _stop(self._land(flight.call.id))
        late = timed_out(flight.call)
        self._landed(flight.key, closing(flight.call, late, started=flight.started, now=self._clock()))

    def _land(self, id: str) -> Flight:
        flight = self._under_way.pop(id)
        if flight.deadline is not None:
            flight.deadline.cancel()
        return flight


def _stop(flight: Flight) -> None:
    if flight.stop is not None:
        flight.stop()
