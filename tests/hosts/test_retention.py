"""Retention: a host that serves forgets what ended long ago, hour by hour, and nothing that is still open."""

from __future__ import annotations

import asyncio

from statewright.errors import StatewrightError
from statewright.hosts.retention import LOOK_S, Retention
from statewright.kernel.events import Received
from statewright.store.forgetting import Pruned
from statewright.store.memory import MemoryStore
from tests.hosts.leaping import DAY_ONE, LeapingLoop
from tests.store.journals import Journal

HOUR = 3_600_000


def test_ended_runs_are_kept_for_so_long_and_open_ones_for_ever() -> None:
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(_serve_for_a_day())


async def _serve_for_a_day() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    store = MemoryStore(loop.call_soon)
    for run, status, at in [("long-ago", "done", -9), ("lately", "failed", -1), ("open", "running", -9)]:
        ended = Received(at=DAY_ONE + at * HOUR, name="end")
        journal = Journal(run)
        for entry in (journal.next(), journal.next(ended, status=status)):
            store.append(entry, _accepted)
    retention = Retention(store, loop.milliseconds, 2 * HOUR)
    kept = []
    for _ in range(4):
        await asyncio.sleep(1)
        kept.append({row.run for row in store.runs("acme")})
        await asyncio.sleep(LOOK_S - 1)
    assert kept == [{"lately", "open"}, {"lately", "open"}, {"open"}, {"open"}]
    assert retention.pruned == Pruned(runs=2, records=4)
    retention.close()
    await asyncio.sleep(3 * LOOK_S)


async def _closed_early() -> None:
    store = MemoryStore(asyncio.get_running_loop().call_soon)
    store.append(Journal("ended").next(status="done"), _accepted)
    store.close()
    retention = Retention(store, lambda: DAY_ONE, HOUR)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert retention.pruned == Pruned()


def test_a_store_that_takes_nothing_any_more_is_not_asked_again() -> None:
    asyncio.run(_closed_early())


def _accepted(outcome: StatewrightError | Exception | None) -> None:
    assert outcome is None
