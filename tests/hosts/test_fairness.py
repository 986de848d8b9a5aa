"""Nobody waits for the work of others: not a run beside one with thousands of answers, nor a tenant beside a busy one.

Counted in events and turns of the loop, never in time.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise

from statewright.effects.performer import Answer, Finish, Stop, Work
from statewright.hosts.fair import Fair
from statewright.hosts.limits import Limits
from statewright.kernel.effects import Call
from statewright.testing import RUN, TENANT, Script, load_workflow
from tests.hosts.scenes import SILENT, Scene, scene

WIDE = """
name: wide
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - id: all
    type: collection
    items: "{{ list 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 }}"
    task: {id: one, type: basic, tool: fetch}
"""


class Held:
    """Keeps calls until they are answered together."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, Finish]] = []

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Keeps it."""
        self.calls.append((call, finish))
        return None


def test_the_line_takes_turns_by_tenant_and_then_by_run() -> None:
    line: Fair[str] = Fair()
    for thing in ("a1x", "a1y", "a1z", "a2x", "b1x", "b1y"):
        line.put((thing[0], thing[1]), thing)
    line.drop(("a", "1"), "a1z")
    assert [line.take() for _ in range(len(line))] == ["a1x", "b1x", "a2x", "b1y", "a1y"]


def test_answers_that_come_at_once_are_decided_in_turn_by_run() -> None:
    async def play(on: Scene) -> None:
        wide, held, order = load_workflow(WIDE), Held(), []
        on.programs[wide.digest] = wide
        host = on.host(held, limits=Limits(a_turn=4, glance=3_600.0))
        await on.start(host, RUN, wide)
        while len(held.calls) < 20:
            await asyncio.sleep(0)
        await on.start(host, "small")
        host.listen(lambda taken, state: order.append(state.run))
        for _, finish in held.calls:
            finish(Answer(value={}))
        while len(order) < 21:
            await asyncio.sleep(0)
        assert order.index("small") <= 4 + 2
        assert order.count(RUN) == 20

    scene(play)


def test_a_turn_of_the_loop_decides_no_more_than_it_may() -> None:
    """I-35: however many answers land in one."""

    async def play(on: Scene) -> None:
        held = Held()
        host = on.host(held, limits=Limits(a_turn=5, glance=3_600.0))
        await asyncio.gather(*(on.start(host, f"run-{number}") for number in range(50)))
        for _, finish in held.calls:
            finish(Answer(value={}))
        seen = [_ended(on)]
        while seen[-1] < 50:
            await asyncio.sleep(0)
            seen.append(_ended(on))
        assert max(after - before for before, after in pairwise(seen)) <= 2 * 5

    scene(play)


def test_a_tenant_with_many_starts_does_not_hold_up_another() -> None:
    async def play(on: Scene) -> None:
        order: list[str] = []
        host = on.host(Script([SILENT]), limits=Limits(a_turn=4, glance=3_600.0))
        host.listen(lambda taken, state: order.append(state.tenant))
        many = [on.start(host, f"run-{number}", tenant="many") for number in range(100)]
        await asyncio.gather(*many, *(on.start(host, f"run-{number}", tenant="few") for number in range(3)))
        last = max(place for place, tenant in enumerate(order) if tenant == "few")
        assert (len(order), last) == (103, 4 + 2 * 3 - 1)

    scene(play)


def test_calls_beyond_those_that_may_be_under_way_begin_in_turn_by_run() -> None:
    async def play(on: Scene) -> None:
        wide, held = load_workflow(WIDE), Held()
        on.programs[wide.digest] = wide
        host = on.host(held, limits=Limits(calls=25, glance=3_600.0))
        await on.start(host, "filler", wide)
        await on.start(host, RUN, wide)
        while len(held.calls) < 25:
            await asyncio.sleep(0)
        # The host is full: whoever is in it already goes on all the same.
        assert len(held.calls) == 25
        for _, finish in held.calls[:20]:
            finish(Answer(value={}))
        while len(held.calls) < 40:
            await asyncio.sleep(0)
        assert len({call.id for call, _ in held.calls}) == 40

    scene(play)


def _ended(on: Scene) -> int:
    return sum(row.status == "done" for row in on.store.runs(TENANT, limit=100))
