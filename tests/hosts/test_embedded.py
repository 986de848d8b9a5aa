"""The embedded host: acknowledged means durable, the next host takes up what one leaves, idle runs cost nothing.

Time leaps in these tests: see leaping.py. What every case of the corpus comes to on this host is tested there.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from statewright.effects.performer import Answer, Finish, Refusal, Stop, Work
from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.timers import PASSIVATE_AFTER
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Cancelled, Fired, Resumed
from statewright.store.contract import Acknowledge, Append
from statewright.store.memory import MemoryStore
from statewright.testing import RUN, TENANT, Line, Script, WorldPerformer, load_workflow
from tests.hosts.leaping import DAY_ONE
from tests.hosts.scenes import BUSY, BUSY_FOR_A_MINUTE, DONE, PROGRAM, SILENT, Scene, scene


def test_a_start_that_returned_is_in_the_store() -> None:
    """I-01."""

    async def play(on: Scene) -> None:
        await on.start(on.host(Script([SILENT])))
        row = on.store.index(TENANT, RUN)
        assert row is not None
        assert (row.seq, row.status, row.owes) == (1, "running", 1)

    scene(play)


def test_a_run_is_started_once() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([SILENT]))
        await on.start(host)
        for again in (host, on.host(Script([SILENT]))):
            with pytest.raises(StatewrightError, match="RUN_EXISTS"):
                await on.start(again)

    scene(play)


def test_a_caller_that_goes_before_it_is_told_disturbs_nothing() -> None:
    """What it asked for was on its way to the disk, and happens."""

    async def play(on: Scene) -> None:
        faults: list[dict[str, Any]] = []
        on.loop.set_exception_handler(lambda loop, fault: faults.append(fault))
        host = on.host(Script([DONE]))
        asking = asyncio.ensure_future(on.start(host))
        await asyncio.sleep(0)
        asking.cancel()
        state = await host.ended(TENANT, RUN)
        assert (asking.cancelled(), state.status, faults) == (True, "done", [])

    scene(play)


def test_an_event_for_a_run_that_nobody_knows_is_refused() -> None:
    async def play(on: Scene) -> None:
        with pytest.raises(StatewrightError, match="RUN_UNKNOWN"):
            await on.host(Script()).deliver(TENANT, RUN, Cancelled(at=1))

    scene(play)


def test_the_next_host_takes_up_what_the_last_one_left() -> None:
    """R4: the call is issued again as its second attempt, under its old id."""

    async def play(on: Scene) -> None:
        first = on.host(Script([SILENT]))
        await on.start(first)
        first.close()
        world = Script([DONE])
        second = on.host(world)
        assert await second.recover() == 1
        state = await second.ended(TENANT, RUN)
        assert (state.status, state.output) == ("done", {"n": 1})
        assert [(call.id, call.attempt) for call in world.calls] == [("run-1:1.0", 2)]
        assert [type(event) for event in on.events()][1:] == [Resumed, Answered]

    scene(play)


def test_an_ended_run_leaves_memory_and_can_still_be_asked() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([DONE]))
        await on.start(host)
        assert (await host.ended(TENANT, RUN)).status == "done"
        await asyncio.sleep(0)
        assert host.loaded == 0
        assert (await host.ended(TENANT, RUN)).output == {"n": 1}
        with pytest.raises(StatewrightError, match="RUN_ENDED"):
            await host.deliver(TENANT, RUN, Cancelled(at=on.loop.milliseconds()))
        await asyncio.sleep(0)
        assert host.loaded == 0

    scene(play)


def test_a_run_that_waits_for_long_leaves_memory_and_comes_back_in_time() -> None:
    """I-07: fired once, never before it is due."""

    async def play(on: Scene) -> None:
        host = on.host(Script([BUSY_FOR_A_MINUTE, DONE]))
        await on.start(host)
        while not on.store.next_due():
            await asyncio.sleep(0)
        await asyncio.sleep(1)
        assert host.loaded == 0
        due = on.store.next_due()
        state = await host.ended(TENANT, RUN)
        assert state.status == "done"
        (fired,) = [event for event in on.events() if isinstance(event, Fired)]
        assert due <= fired.at <= due + 1_000

    scene(play)


def test_a_timer_that_came_due_while_nobody_ran_fires_at_start() -> None:
    """I-07."""

    async def play(on: Scene) -> None:
        first = on.host(Script([BUSY_FOR_A_MINUTE]))
        await on.start(first)
        while not on.store.next_due():
            await asyncio.sleep(0)
        first.close()
        await asyncio.sleep(3 * PASSIVATE_AFTER / 1000)
        second = on.host(Script([DONE]))
        assert await second.recover() == 1
        assert (await second.ended(TENANT, RUN)).status == "done"
        assert sum(isinstance(event, Fired) for event in on.events()) == 1

    scene(play)


def test_a_run_that_cannot_be_read_does_not_keep_the_others_down() -> None:
    async def play(on: Scene) -> None:
        other = load_workflow(PROGRAM.replace("name: ask", "name: other"))
        first = on.host(Script([SILENT]))
        await on.start(first, "run-lost", other)
        await on.start(first)
        first.close()
        second = on.host(Script([DONE]))
        assert await second.recover() == 1
        assert (await second.ended(TENANT, RUN)).status == "done"
        with pytest.raises(StatewrightError, match="DEFINITION_MISSING"):
            await second.ended(TENANT, "run-lost")

    scene(play)


def test_what_the_store_refuses_is_not_acknowledged_and_does_not_happen() -> None:
    """I-03, R29: the caller hears it, nothing was asked of the world, and memory is dropped."""

    class Full(MemoryStore):
        def append(self, entry: Append, done: Acknowledge) -> None:
            on_loop = asyncio.get_running_loop()
            on_loop.call_soon(done, StatewrightError("STORE_FAILED", "the disk is full"))

    async def play(on: Scene) -> None:
        world = Script([DONE])
        host = on.host(world, Full(hand_back=on.loop.call_soon))
        with pytest.raises(StatewrightError, match="STORE_FAILED"):
            await on.start(host)
        assert world.calls == []
        assert host.loaded == 0

    scene(play)


def test_whoever_waits_for_a_run_hears_that_its_store_failed() -> None:
    """R29: nobody waits for ever."""

    class FullLater(MemoryStore):
        def append(self, entry: Append, done: Acknowledge) -> None:
            if entry.record.seq == 1:
                super().append(entry, done)
            else:
                full = StatewrightError("STORE_FAILED", "the disk is full")
                asyncio.get_running_loop().call_soon(done, full)

    async def play(on: Scene) -> None:
        host = on.host(Script([DONE]), FullLater(hand_back=on.loop.call_soon))
        await on.start(host)
        with pytest.raises(StatewrightError, match="STORE_FAILED"):
            await host.ended(TENANT, RUN)
        assert host.loaded == 0

    scene(play)


def test_no_timer_fires_before_its_time_where_the_wall_clock_is_slower_than_the_loop() -> None:
    """I-07: the journal's clock is the wall clock."""

    async def play(on: Scene) -> None:
        def slow() -> int:
            return DAY_ONE + (on.loop.milliseconds() - DAY_ONE) * 9 // 10

        world = Script([BUSY, DONE])
        host = EmbeddedHost(on.store, WorldPerformer(world), on.programs.__getitem__, clock=slow)
        await on.start(host)
        while not on.store.next_due():
            await asyncio.sleep(0)
        due = on.store.next_due()
        assert (await host.ended(TENANT, RUN)).status == "done"
        (fired,) = [event for event in on.events() if isinstance(event, Fired)]
        assert fired.at >= due

    scene(play)


@pytest.mark.parametrize("outcome", [Answer(value={"n": float("inf")}), Refusal(code="X", message="x", details={1, 2})])
def test_a_performer_that_says_no_value_is_refused(outcome: Answer | Refusal) -> None:
    """R6."""

    class Odd:
        def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
            finish(outcome)
            return None

    async def play(on: Scene) -> None:
        host = on.host(Odd())
        await on.start(host)
        state = await host.ended(TENANT, RUN)
        assert state.error is not None
        assert state.error.code in ("NUMBER_NOT_FINITE", "VALUE_TYPE")

    scene(play)


def test_an_answer_after_the_host_closed_is_not_taken() -> None:
    """R10: the next host issues the call again, so the late answer is nobody's."""

    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={"n": 1}, after=50)]))
        await on.start(host)
        host.close()
        await asyncio.sleep(1)
        assert len(on.events()) == 1

    scene(play)


def test_many_runs_go_on_beside_each_other() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={"n": 1}, after=50)]))
        runs = [f"run-{number}" for number in range(200)]
        await asyncio.gather(*(on.start(host, run) for run in runs))
        states = await asyncio.gather(*(host.ended(TENANT, run) for run in runs))
        assert {state.status for state in states} == {"done"}
        assert on.loop.leapt < 1.0

    scene(play)
