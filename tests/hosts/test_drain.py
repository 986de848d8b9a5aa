"""A host that is asked to stop takes nothing new on, lets calls come to an end, and leaves the rest to the next (I-41).

Real processes are stopped in tests/crash/test_stopping.py.
"""

from __future__ import annotations

import asyncio

import pytest

from statewright.errors import StatewrightError
from statewright.kernel.events import Answered, Resumed
from statewright.testing import RUN, TENANT, Line, Script, load_workflow
from tests.hosts.scenes import DONE, PROGRAM, SILENT, Scene, scene

TWO = PROGRAM + "  - {id: more, type: basic, tool: fetch}\n"


def test_nothing_new_is_taken_on() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={}, after=1_000)]))
        await on.start(host)
        draining = asyncio.ensure_future(host.drain(10))
        await asyncio.sleep(0)
        with pytest.raises(StatewrightError, match="DRAINING"):
            await on.start(host, "new")
        await draining
        assert on.store.index(TENANT, "new") is None

    scene(play)


def test_a_call_under_way_comes_to_its_end_and_the_next_is_left_to_the_next_host() -> None:
    async def play(on: Scene) -> None:
        program = load_workflow(TWO)
        on.programs[program.digest] = program
        world = Script([Line(value={"n": 1}, after=1_000)])
        host = on.host(world)
        await on.start(host, RUN, program)
        await host.drain(10)
        assert [type(event) for event in on.events()][1:] == [Answered]
        assert len(world.calls) == 1
        second = on.host(Script([DONE]))
        await second.recover()
        assert (await second.ended(TENANT, RUN)).status == "done"
        assert [type(event) for event in on.events()][2:] == [Resumed, Answered]

    scene(play)


def test_what_takes_longer_than_the_grace_is_left() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([SILENT]))
        await on.start(host)
        begun = on.loop.milliseconds()
        await host.drain(5)
        assert 5_000 <= on.loop.milliseconds() - begun <= 5_100
        assert len(on.events()) == 1

    scene(play)


def test_what_may_happen_once_only_is_begun_rather_than_left_in_doubt() -> None:
    """R4: the next host could not tell a call that was never sent from one that was."""

    async def play(on: Scene) -> None:
        program = load_workflow(TWO.replace('"() => ({})"}', '"() => ({})", at_most_once: true}'))
        on.programs[program.digest] = program
        world = Script([Line(value={"n": 1}, after=1_000)])
        host = on.host(world)
        await on.start(host, RUN, program)
        await host.drain(10)
        assert len(world.calls) == 2
        second = on.host(Script([]))
        assert (await second.ended(TENANT, RUN)).status == "done"

    scene(play)


def test_whoever_waits_for_a_run_hears_that_the_host_stops() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([SILENT]))
        await on.start(host)
        waiting = asyncio.ensure_future(host.ended(TENANT, RUN))
        await asyncio.sleep(0)
        await host.drain(0)
        with pytest.raises(StatewrightError, match="DRAINING"):
            await waiting

    scene(play)
