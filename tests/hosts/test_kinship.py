"""Parents and children on the embedded host: a parent may leave memory, a child outlives neither its parent's end nor
a host that dies in between, and what is wrong with one is told to the other.
"""

from __future__ import annotations

import asyncio

from statewright.hosts.embedded import EmbeddedHost
from statewright.kernel.events import Answered, Paused, Refused, Started, Terminated
from statewright.testing import RUN, TENANT, Line, Script
from tests.conformance import corpus
from tests.hosts.scenes import SILENT, Scene, scene

CASE = corpus.case("workflow_two_steps")
CHILD = f"{RUN}-1-0"
LATE = Line(value={"n": 1}, after=5_000)


def parent_and_child(on: Scene) -> None:
    """Makes the programs of the case known."""
    on.programs.update(CASE.workflows.by_digest)
    on.programs[CASE.program.digest] = CASE.program


async def begun(on: Scene, line: Line) -> EmbeddedHost:
    """Starts the parent, and returns its host once the child is durable."""
    parent_and_child(on)
    host = on.host(Script([line]), library=CASE.workflows)
    await on.start(host, RUN, CASE.program)
    while on.store.index(TENANT, CHILD) is None:
        await asyncio.sleep(0)
    return host


def test_a_parent_leaves_memory_while_its_child_is_at_work_and_asks_for_nothing_again() -> None:
    """R15."""

    async def play(on: Scene) -> None:
        host = await begun(on, LATE)
        await asyncio.sleep(1)
        assert host.loaded == 1
        assert (await host.ended(TENANT, RUN)).status == "done"
        assert [type(event) for event in on.events()] == [Started, Answered]

    scene(play)


def test_a_pause_stays_with_the_run_that_it_was_said_to() -> None:
    """R26: a child is under way, and comes back."""

    async def play(on: Scene) -> None:
        host = await begun(on, LATE)
        await host.intervene(TENANT, RUN, Paused(at=on.loop.milliseconds()))
        await asyncio.sleep(10)
        child = on.store.index(TENANT, CHILD)
        assert child is not None
        assert child.status == "done"
        # Nothing was left to begin in the parent either: it was held from that only.
        assert (await host.ended(TENANT, RUN)).status == "done"

    scene(play)


def test_the_child_of_a_terminated_run_ends_although_the_host_died_before_it_could_end_it() -> None:
    """R11: the next host finds it bereaved, and begins nothing of it again."""

    async def play(on: Scene) -> None:
        host = await begun(on, SILENT)

        def die(taken: object, state: object) -> None:
            host.close()

        host.listen(die)
        await host.intervene(TENANT, RUN, Terminated(at=on.loop.milliseconds()))
        row = on.store.index(TENANT, CHILD)
        assert row is not None
        assert row.status == "running"
        world = Script([SILENT])
        second = on.host(world, library=CASE.workflows)
        await second.recover()
        assert (await second.ended(TENANT, CHILD)).status == "terminated"
        assert world.calls == []

    scene(play)


def test_a_child_that_cannot_be_read_is_an_answer_to_its_parent() -> None:
    async def play(on: Scene) -> None:
        host = await begun(on, SILENT)
        host.close()
        row = on.store.index(TENANT, CHILD)
        assert row is not None
        del on.programs[row.program]
        second = on.host(Script([SILENT]), library=CASE.workflows)
        await second.recover()
        state = await second.ended(TENANT, RUN)
        assert state.status == "failed"
        (refused,) = [event for event in on.events() if isinstance(event, Refused)]
        assert refused.code == "DEFINITION_MISSING"

    scene(play)


def test_a_parent_that_cannot_be_read_does_not_keep_its_child_from_its_end() -> None:
    async def play(on: Scene) -> None:
        host = await begun(on, LATE)
        await asyncio.sleep(1)
        del on.programs[CASE.program.digest]
        assert (await host.ended(TENANT, CHILD)).status == "done"
        on.programs[CASE.program.digest] = CASE.program
        second = on.host(Script([]), library=CASE.workflows)
        await second.recover()
        assert (await second.ended(TENANT, RUN)).status == "done"

    scene(play)
