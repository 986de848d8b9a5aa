"""Clocks that leap, fall back, stand still, or pass 2038 (F8): what waits a minute waits a minute, and fires once.

The wall clock is the test's; the loop's time leaps, see leaping.py. SIGSTOP (F7) is in tests/crash/test_stopping.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from statewright.hosts.clock import Steady
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.limits import Limits
from statewright.kernel.events import Answered, Fired, Refused
from statewright.testing import RUN, TENANT, Line, Script, WorldPerformer, load_workflow
from tests.hosts.leaping import DAY_ONE
from tests.hosts.scenes import BUSY, DONE, PROGRAM, SILENT, Scene, scene

HOUR = 3_600_000
AFTER_2038 = 2_147_483_648_000 - DAY_ONE
LIMITED = PROGRAM.replace("retries: 2", "timeout: 10s")
LEAPS = pytest.mark.parametrize("leap", [HOUR, -HOUR, 365 * 24 * HOUR, AFTER_2038, None])


class Wall:
    """A wall clock that somebody sets while the loop's time goes on; None stops it."""

    def __init__(self, on: Scene) -> None:
        self._on = on
        self._ahead = 0
        self._stands_at = 0

    def __call__(self) -> int:
        """Returns what it shows."""
        return self._stands_at or self._on.loop.milliseconds() + self._ahead

    def set(self, leap: int | None) -> None:
        """Sets it."""
        if leap is None:
            self._stands_at = self()
        else:
            self._ahead += leap


def host_of(on: Scene, world: Script, clock: Callable[[], int]) -> EmbeddedHost:
    """Returns a host with this clock, that glances at it each second."""
    return EmbeddedHost(on.store, WorldPerformer(world), on.programs.__getitem__, clock=clock, limits=Limits())


def test_the_recorded_clock_follows_leaps_ahead_and_never_goes_back() -> None:
    shown, passed = [1_000_000], [0.0]
    clock = Steady(lambda: shown[0], lambda: passed[0])
    seen = []
    for wall, elapsed in [(0, 1), (5_000, 1), (-900_000, 1), (0, 1), (10_000_000, 1), (-10_000_000, 0), (0, 2.5)]:
        shown[0] += wall
        passed[0] += elapsed
        seen.append(clock() - 1_000_000)
    assert seen == [1_000, 5_000, 6_000, 7_000, 9_105_000, 9_105_000, 9_107_500]


@LEAPS
def test_a_deadline_passes_once_after_its_time_whatever_the_wall_clock_does(leap: int | None) -> None:
    async def play(on: Scene) -> None:
        program, wall = load_workflow(LIMITED), Wall(on)
        on.programs[program.digest] = program
        host = host_of(on, Script([SILENT]), wall)
        begun = on.loop.leapt
        await on.start(host, RUN, program)
        await asyncio.sleep(1)
        wall.set(leap)
        state = await host.ended(TENANT, RUN)
        assert 10 <= on.loop.leapt - begun < 10.1
        assert state.status == "failed"
        assert [(event.code, event.took) for event in on.events() if isinstance(event, Refused)] == [
            ("TIMED_OUT", 10_000)
        ]

    scene(play)


@LEAPS
def test_a_timer_fires_once_and_never_early_on_the_recorded_clock(leap: int | None) -> None:
    """I-07: ahead it fires at the next glance, else after its time."""

    async def play(on: Scene) -> None:
        wall = Wall(on)
        host = host_of(on, Script([BUSY, DONE]), wall)
        await on.start(host)
        while not on.store.next_due():
            await asyncio.sleep(0)
        begun, due = on.loop.leapt, on.store.next_due()
        wait = (due - on.loop.milliseconds()) / 1_000
        wall.set(leap)
        assert (await host.ended(TENANT, RUN)).status == "done"
        (fired,) = [event for event in on.events() if isinstance(event, Fired)]
        assert fired.at >= due
        assert on.loop.leapt - begun <= max(wait, 1.0) + 0.1

    scene(play)


def test_a_timer_far_away_is_seen_at_the_next_glance_once_the_clock_leaps_past_it() -> None:
    async def play(on: Scene) -> None:
        program, wall = load_workflow(PROGRAM.replace("retries: 2", "sleep: 2h")), Wall(on)
        on.programs[program.digest] = program
        host = host_of(on, Script([DONE]), wall)
        await on.start(host, RUN, program)
        while not on.store.next_due():
            await asyncio.sleep(0)
        wall.set(3 * HOUR)
        begun = on.loop.leapt
        assert (await host.ended(TENANT, RUN)).status == "done"
        assert on.loop.leapt - begun < 2

    scene(play)


@LEAPS
def test_the_records_of_a_run_are_in_order_of_time_whatever_the_wall_clock_does(leap: int | None) -> None:
    """R16."""

    async def play(on: Scene) -> None:
        wall = Wall(on)
        host = host_of(on, Script([Line(value={"n": 1}, after=500)]), wall)
        await on.start(host)
        wall.set(leap)
        await host.ended(TENANT, RUN)
        started, answered = on.events()
        assert isinstance(answered, Answered)
        assert answered.at - started.at >= 500
        assert answered.took == 500

    scene(play)
