"""Overload is refused early, with nothing written, and is over when the load is (I-38)."""

from __future__ import annotations

import asyncio

import pytest

from statewright.errors import EXIT_LIMIT, StatewrightError
from statewright.hosts.limits import Limits
from statewright.kernel.events import Cancelled, Terminated
from statewright.store.contract import Acknowledge, Append
from statewright.store.memory import MemoryStore
from statewright.testing import RUN, TENANT, Line, Script
from tests.hosts.scenes import DONE, SILENT, Scene, scene

TIGHT = Limits(calls=10, patience=1_000, glance=3_600.0)


async def attempts(on: Scene, host: object, names: list[str]) -> list[str]:
    """Starts runs at once; returns the code of each refusal, or nothing."""
    outcomes = await asyncio.gather(*(on.start(host, run) for run in names), return_exceptions=True)  # type: ignore[arg-type]
    return [outcome.code if isinstance(outcome, StatewrightError) else "" for outcome in outcomes]


def test_beyond_what_can_be_under_way_a_start_waits_for_a_bound_and_is_refused() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([SILENT]), limits=TIGHT)
        assert await attempts(on, host, [f"run-{number}" for number in range(10)]) == [""] * 10
        begun = on.loop.milliseconds()
        with pytest.raises(StatewrightError, match="OVERLOADED") as refused:
            await on.start(host, "late")
        assert refused.value.exit_code == EXIT_LIMIT
        assert 1_000 <= on.loop.milliseconds() - begun <= 1_010
        assert on.store.index(TENANT, "late") is None

    scene(play)


def test_five_times_too_much_is_served_as_far_as_it_goes_and_forgotten_when_it_is_over() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={}, after=500)]), limits=TIGHT)
        codes = await attempts(on, host, [f"run-{number}" for number in range(150)])
        served = codes.count("")
        assert 20 <= served <= 40
        assert codes.count("OVERLOADED") == 150 - served
        await asyncio.sleep(1)
        assert await attempts(on, host, ["after"]) == [""]
        rows = on.store.runs(TENANT, limit=1_000)
        await asyncio.sleep(1)
        assert len(rows) == served + 1
        assert {row.status for row in on.store.runs(TENANT, limit=1_000)} == {"done"}

    scene(play)


def test_a_disk_that_falls_behind_holds_callers_up_before_it_fills_memory() -> None:
    class Slow(MemoryStore):
        most = 0
        waiting = 0

        def append(self, entry: Append, done: Acknowledge) -> None:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            asyncio.get_running_loop().call_later(0.1, self._write, entry, done)

        def _write(self, entry: Append, done: Acknowledge) -> None:
            self.waiting -= 1
            super().append(entry, done)

    async def play(on: Scene) -> None:
        store = Slow(hand_back=on.loop.call_soon)
        host = on.host(Script([DONE]), store, limits=Limits(queued=20, a_turn=5, glance=3_600.0))
        assert await attempts(on, host, [f"run-{number}" for number in range(200)]) == [""] * 200
        # What had been let in when it was full, and what that went on to do.
        assert store.most <= 20 + 2 * 5

    scene(play)


def test_an_answer_is_never_refused_and_whoever_ends_a_run_is_always_heard() -> None:
    """R1, I-34: however full the host is."""

    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={"n": 1}, after=5_000)]), limits=TIGHT)
        await attempts(on, host, [f"run-{number}" for number in range(10)])
        with pytest.raises(StatewrightError, match="OVERLOADED"):
            await host.deliver(TENANT, "run-0", Cancelled(at=1))
        await host.intervene(TENANT, "run-0", Terminated(at=on.loop.milliseconds()))
        assert (await host.ended(TENANT, "run-0")).status == "terminated"
        for number in range(1, 10):
            assert (await host.ended(TENANT, f"run-{number}")).status == "done"

    scene(play)


def test_more_callers_than_may_wait_are_refused_at_once() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([SILENT]), limits=Limits(calls=1, callers=3, patience=1_000, glance=3_600.0))
        await on.start(host, RUN)
        begun = on.loop.milliseconds()
        waiting = [asyncio.ensure_future(on.start(host, f"run-{number}")) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(StatewrightError, match="OVERLOADED"):
            await on.start(host, "one-more")
        assert on.loop.milliseconds() == begun
        await asyncio.gather(*waiting, return_exceptions=True)

    scene(play)


def test_whoever_gives_up_waiting_takes_nobodys_place() -> None:
    async def play(on: Scene) -> None:
        host = on.host(Script([Line(value={}, after=500)]), limits=Limits(calls=1, glance=3_600.0))
        await on.start(host, RUN)
        given_up, patient = (asyncio.ensure_future(on.start(host, run)) for run in ("given-up", "patient"))
        await asyncio.sleep(0.1)
        given_up.cancel()
        await patient
        assert on.store.index(TENANT, "given-up") is None

    scene(play)
