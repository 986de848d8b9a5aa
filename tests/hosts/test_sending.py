"""A signal goes round: to every run that listens, once, in order, and without holding up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.limits import Limits
from statewright.hosts.sending import PAGE
from statewright.kernel.events import Answered, Cancelled, Received
from statewright.store.contract import Acknowledge, Append, Running, Store
from statewright.testing import TENANT, Script, load_workflow
from tests.hosts.scenes import Scene, scene

WAITS = load_workflow("name: waits\ntasks:\n  - {id: a, type: wait, wait_for: go, condition: 'true'}\n")
STAYS = load_workflow("name: stays\ntasks:\n  - {id: a, type: wait, wait_for: go, condition: 'false'}\n")
DEAF = load_workflow("name: deaf\ntasks:\n  - {id: a, type: wait, wait_for: other, condition: 'true'}\n")
SENDS = load_workflow("name: sends\ntasks:\n  - {id: a, type: signal, signal: {id: go, payload: {n: 1}}}\n")
TWICE = load_workflow("""
name: twice
tasks:
  - id: both
    type: parallel
    tasks:
      - {id: a, type: signal, signal: {id: go, payload: {n: 1}}}
      - {id: b, type: signal, signal: {id: go, payload: {n: 2}}}
""")
ROOM = Limits(glance=3_600.0)


class Watched:
    """A store that counts what is looked at, and refuses the writes that it is told to."""

    def __init__(self, store: Store) -> None:
        self.looked_at: list[str] = []
        self.refuses: Callable[[Append], bool] = lambda entry: False
        self._store = store

    def running(self, tenant: str, *, before: int = 0, limit: int) -> Running:
        """Counts the rows."""
        page = self._store.running(tenant, before=before, limit=limit)
        self.looked_at.extend(row.run for row in page.rows)
        return page

    def append(self, entry: Append, done: Acknowledge) -> None:
        """Writes, or says that the disk would not."""
        if self.refuses(entry):
            asyncio.get_running_loop().call_soon(done, StatewrightError("STORE_REFUSED", "it would not fit"))
        else:
            self._store.append(entry, done)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def begun(on: Scene, limits: Limits = ROOM) -> tuple[EmbeddedHost, Watched]:
    """Returns a host that knows the programs, and what it keeps its runs in."""
    on.programs.update({program.digest: program for program in (WAITS, STAYS, DEAF, SENDS, TWICE)})
    store = Watched(on.store)
    return on.host(Script([]), store, limits=limits), store


async def wait_for(on: Scene, host: EmbeddedHost, count: int) -> None:
    """Starts so many runs that wait."""
    await asyncio.gather(*(on.start(host, f"w-{number}", WAITS) for number in range(count)))


def heard(on: Scene, run: str) -> list[Any]:
    """Returns what a run was told, in order."""
    return [event.payload["n"] for event in on.events(run) if isinstance(event, Received)]


def told(on: Scene, run: str) -> list[Any]:
    """Returns what a sender was answered."""
    return [event.value for event in on.events(run) if isinstance(event, Answered)]


def test_three_thousand_waiting_runs_hear_one_signal_once_each() -> None:
    """I-06, R14: whichever of them are in memory, and the sender is told how many."""

    async def play(on: Scene) -> None:
        first, _ = begun(on)
        await wait_for(on, first, 3_000)
        first.close()
        host, _ = begun(on, Limits(lanes=500, glance=3_600.0))
        await on.start(host, "s", SENDS)
        assert (await host.ended(TENANT, "s")).status == "done"
        assert told(on, "s") == [{"told": 3_000}]
        assert all(heard(on, f"w-{number}") == [1] for number in range(3_000))

    scene(play)


def test_a_turn_of_the_loop_opens_no_more_runs_than_it_may() -> None:
    """I-35: a signal to many is no reason for anybody else to wait."""

    async def play(on: Scene) -> None:
        first, _ = begun(on)
        await wait_for(on, first, 2 * PAGE)
        first.close()
        host, _ = begun(on, Limits(opened=5, glance=3_600.0))
        await on.start(host, "s", SENDS)
        most, before = 0, host.loaded
        while not told(on, "s"):
            await asyncio.sleep(0)
            most, before = max(most, host.loaded - before), host.loaded
        assert 0 < most <= 5

    scene(play)


def test_ended_runs_are_not_looked_at_and_those_that_do_not_listen_are_not_opened() -> None:
    async def play(on: Scene) -> None:
        first, _ = begun(on)
        await wait_for(on, first, 50)
        await on.start(first, "s-1", SENDS)
        await first.ended(TENANT, "s-1")
        await asyncio.gather(*(on.start(first, f"deaf-{number}", DEAF) for number in range(10)))
        await on.start(first, "stays", STAYS)
        first.close()
        host, store = begun(on)
        await on.start(host, "s-2", SENDS)
        await host.ended(TENANT, "s-2")
        assert sorted(store.looked_at) == sorted(["s-2", "stays", *(f"deaf-{number}" for number in range(10))])
        assert not any((TENANT, f"deaf-{number}") in host._crank.lanes.by_key for number in range(10))
        assert told(on, "s-2") == [{"told": 1}]

    scene(play)


def test_two_signals_of_one_sender_are_heard_by_all_in_the_order_in_which_they_were_sent() -> None:
    async def play(on: Scene) -> None:
        host, _ = begun(on)
        runs = [f"stays-{number}" for number in range(2 * PAGE)]
        await asyncio.gather(*(on.start(host, run, STAYS) for run in runs))
        await on.start(host, "s", TWICE)
        assert (await host.ended(TENANT, "s")).status == "done"
        assert all(heard(on, run) == [1, 2] for run in runs)

    scene(play)


@pytest.mark.parametrize("payload", [1, 2])
def test_a_signal_that_the_disk_refused_for_one_run_goes_round_again_and_is_not_overtaken(payload: int) -> None:
    """R14, R29: what came behind it waits; whoever has heard it hears it no second time."""

    async def play(on: Scene) -> None:
        host, store = begun(on)
        runs = [f"stays-{number}" for number in range(20)]
        await asyncio.gather(*(on.start(host, run, STAYS) for run in runs))
        refusals = iter([True])

        def refuses(entry: Append) -> bool:
            is_it = entry.index.run == "stays-7" and b'"payload":{"n":%d}' % payload in entry.record.body
            return is_it and next(refusals, False)

        store.refuses = refuses
        await on.start(host, "s", TWICE)
        assert (await host.ended(TENANT, "s")).status == "done"
        assert next(refusals, None) is None
        assert {run: heard(on, run) for run in runs} == {run: [1, 2] for run in runs}
        assert told(on, "s") == [{"told": 20}, {"told": 20}]

    scene(play)


def test_whoever_begins_to_wait_while_a_signal_goes_round_does_not_hold_it_up() -> None:
    """Each that hears it starts another that would: the round ends all the same."""

    async def play(on: Scene) -> None:
        host, _ = begun(on)
        await wait_for(on, host, 2 * PAGE)
        numbers = iter(range(10**6))
        starting: list[asyncio.Task[None]] = []

        def starts_another(taken: Any, state: Any) -> None:
            if state.run.startswith("w-") and state.ended:
                starting.append(asyncio.ensure_future(on.start(host, f"late-{next(numbers)}", WAITS)))

        host.listen(starts_another)
        await on.start(host, "s", SENDS)
        assert (await host.ended(TENANT, "s")).status == "done"
        await asyncio.gather(*starting)
        assert told(on, "s") == [{"told": 2 * PAGE}]

    scene(play)


def test_a_host_that_dies_while_a_signal_goes_round_leaves_nobody_without_it() -> None:
    async def play(on: Scene) -> None:
        first, _ = begun(on, Limits(opened=5, glance=3_600.0))
        runs = [f"stays-{number}" for number in range(100)]
        await asyncio.gather(*(on.start(first, run, STAYS) for run in runs))
        await on.start(first, "s", SENDS)
        while not any(heard(on, run) for run in runs):
            await asyncio.sleep(0)
        first.close()
        assert not all(heard(on, run) for run in runs)
        second, _ = begun(on)
        assert (await second.ended(TENANT, "s")).status == "done"
        assert all(heard(on, run) == [1] for run in runs)
        assert told(on, "s") == [{"told": 100}]

    scene(play)


def test_a_sender_that_is_cancelled_while_its_host_dies_still_comes_to_its_end() -> None:
    """R10: nobody is at its signal any more, and it is over."""

    async def play(on: Scene) -> None:
        first, _ = begun(on, Limits(opened=1, glance=3_600.0))
        await wait_for(on, first, 50)
        await on.start(first, "s", SENDS)
        await first.deliver(TENANT, "s", Cancelled(at=on.loop.milliseconds()))
        first.close()
        second, _ = begun(on)
        before = on.loop.milliseconds()
        assert (await second.ended(TENANT, "s")).status == "cancelled"
        assert on.loop.milliseconds() - before < 1_000

    scene(play)
