"""Recovery and the alarm: bounded work in a turn of the loop, bounded memory, and the host serves meanwhile."""

from __future__ import annotations

import asyncio

from statewright.hosts.limits import Limits
from statewright.hosts.recovery import PAGE
from statewright.hosts.timers import PASSIVATE_AFTER
from statewright.kernel.events import Fired
from statewright.kernel.program import Program
from statewright.testing import RUN, TENANT, Line, Script, load_workflow
from tests.hosts.scenes import BUSY_FOR_A_MINUTE, DONE, NO_IDLE, PROGRAM, SILENT, Scene, scene

RUNS = 3 * PAGE


async def begun(on: Scene, lines: list[Line], count: int = RUNS) -> None:
    """Leaves so many runs in the store, as a host that died."""
    first = on.host(Script(lines), limits=Limits(glance=3_600.0))
    await asyncio.gather(*(on.start(first, f"run-{number}") for number in range(count)))
    while lines == [BUSY_FOR_A_MINUTE] and sum(row.next_due > 0 for row in on.store.runs(TENANT, limit=count)) < count:
        await asyncio.sleep(0)
    first.close()


def test_all_runs_that_owe_are_opened_so_many_in_a_turn_of_the_loop() -> None:
    async def play(on: Scene) -> None:
        await begun(on, [SILENT])
        second = on.host(Script([SILENT]), limits=Limits(opened=10, glance=3_600.0))
        recovering = asyncio.ensure_future(second.recover())
        turns, most = 0, 0
        while not recovering.done():
            before = second.loaded
            await asyncio.sleep(0)
            turns, most = turns + 1, max(most, second.loaded - before)
        assert (await recovering, second.loaded, most) == (RUNS, RUNS, 10)
        assert turns >= RUNS // 10

    scene(play)


def test_a_new_run_is_served_from_the_first_moment() -> None:
    """R15: before what was left is opened, let alone done."""

    async def play(on: Scene) -> None:
        await begun(on, [SILENT])
        second = on.host(Script([DONE]), limits=Limits(opened=1, glance=3_600.0))
        recovering = asyncio.ensure_future(second.recover())
        await on.start(second, "new")
        assert (await second.ended(TENANT, "new")).status == "done"
        assert not recovering.done()
        assert second.loaded < 100
        second.close()

    scene(play)


def test_whoever_asks_while_it_goes_on_is_told_the_same() -> None:
    async def play(on: Scene) -> None:
        await begun(on, [SILENT], count=50)
        second = on.host(Script([SILENT]), limits=Limits(glance=3_600.0))
        first, again = await asyncio.gather(second.recover(), second.recover())
        assert (first, again) == (50, 50)

    scene(play)


def test_a_run_that_could_not_be_read_keeps_its_time_again_once_it_can() -> None:
    async def play(on: Scene) -> None:
        first = on.host(Script([BUSY_FOR_A_MINUTE]))
        await on.start(first)
        while not on.store.next_due():
            await asyncio.sleep(0)
        first.close()
        await asyncio.sleep(2 * PASSIVATE_AFTER / 1_000)
        second, known = on.host(Script([DONE])), dict(on.programs)
        on.programs.clear()
        assert await second.recover() == 0
        on.programs.update(known)
        assert (await second.ended(TENANT, RUN)).status == "done"

    scene(play)


def test_memory_holds_no_more_runs_than_it_may_while_they_are_recovered() -> None:
    async def play(on: Scene) -> None:
        await begun(on, [SILENT])
        second = on.host(Script([Line(value={"n": 1}, after=100)]), limits=Limits(lanes=50, glance=3_600.0))
        recovering, most = asyncio.ensure_future(second.recover()), 0
        while not recovering.done():
            most = max(most, second.loaded)
            await asyncio.sleep(0.005)
        assert await recovering == RUNS
        assert most < 50 + Limits().opened
        await asyncio.sleep(10)
        assert {row.status for row in on.store.runs(TENANT, limit=RUNS)} == {"done"}

    scene(play)


def test_calls_that_never_end_do_not_keep_others_asleep() -> None:
    """I-06: a host without room still opens a few runs a second."""

    async def play(on: Scene) -> None:
        await begun(on, [SILENT], count=200)
        second = on.host(Script([SILENT]), limits=Limits(lanes=20, glance=3_600.0))
        assert await second.recover() == 200

    scene(play)


def test_timers_of_one_instant_fire_in_slices_each_once_and_never_early() -> None:
    """I-07."""

    async def play(on: Scene) -> None:
        await begun(on, [BUSY_FOR_A_MINUTE])
        second = on.host(Script([DONE]), limits=Limits(lanes=60, opened=20, glance=3_600.0))
        assert await second.recover() == 0
        due = on.store.next_due()
        assert due - on.loop.milliseconds() >= PASSIVATE_AFTER - 1_000
        await asyncio.sleep(PASSIVATE_AFTER / 1_000)
        while on.store.next_due() or on.store.owing(limit=1):
            await asyncio.sleep(0.005)
            assert second.loaded < 60 + 20 + 20
        for number in range(RUNS):
            fired = [event for event in on.events(f"run-{number}") if isinstance(event, Fired)]
            assert len(fired) == 1
            assert fired[0].at >= due

    scene(play)


def test_a_run_whose_timer_is_due_and_that_cannot_be_read_is_tried_once() -> None:
    async def play(on: Scene) -> None:
        lost = load_workflow(PROGRAM.replace("name: ask", "name: lost"))
        first = on.host(Script([BUSY_FOR_A_MINUTE]), limits=NO_IDLE)
        await on.start(first, "run-lost", lost)
        while not on.store.next_due():
            await asyncio.sleep(0)
        first.close()
        asked: list[str] = []
        second = on.host(Script([DONE]))
        known = on.programs
        on.programs = _Counted(known, asked)
        await second.recover()
        await asyncio.sleep(10 * PASSIVATE_AFTER / 1_000)
        assert asked == [lost.digest]

    scene(play)


class _Counted(dict):  # type: ignore[type-arg]
    """Programs, and who asked for one that is not there."""

    def __init__(self, known: dict[str, Program], asked: list[str]) -> None:
        super().__init__(known)
        self._asked = asked

    def __contains__(self, digest: object) -> bool:
        self._asked.append(str(digest))
        return super().__contains__(digest)
