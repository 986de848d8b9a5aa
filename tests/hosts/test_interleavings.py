"""What two answers in one turn of the loop, or a fault of ours, must not do to a run (R1, R10)."""

from __future__ import annotations

import asyncio

from statewright.effects.performer import Answer, Finish, Stop, Work
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Refused
from statewright.testing import RUN, TENANT, load_workflow
from tests.hosts.faulty import with_a_bug
from tests.hosts.scenes import Scene, scene

RACE = """
name: race
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - id: first
    type: parallel
    strategy: race
    tasks:
      - id: slow
        type: composite
        tasks:
          - {id: ask, type: basic, tool: fetch}
          - {id: late, type: basic, tool: fetch}
      - {id: quick, type: basic, tool: fetch}
"""
PAIR = """
name: pair
tools:
  - {id: fetch, type: javascript, execute: "() => ({})"}
tasks:
  - id: both
    type: parallel
    tasks:
      - {id: one, type: basic, tool: fetch}
      - {id: two, type: basic, tool: fetch}
"""


class ByHand:
    """A performer whose calls are finished by the test, in the order in which they began."""

    def __init__(self) -> None:
        self.begun: list[tuple[Call, Finish]] = []

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        self.begun.append((call, finish))
        return None


def test_a_call_that_is_let_go_of_before_its_commit_never_begins() -> None:
    """R10: the lane is ahead of the disk; what it took back meanwhile must not start."""

    async def play(on: Scene) -> None:
        program = load_workflow(RACE)
        on.programs[program.digest] = program
        world = ByHand()
        host = on.host(world)
        await on.start(host, program=program)
        (_, ask), (_, quick) = world.begun
        ask(Answer(value={"n": 1}))
        quick(Answer(value={"n": 2}))
        state = await host.ended(TENANT, RUN)
        assert state.status == "done"
        assert len(world.begun) == 2

    scene(play)


def test_an_answer_to_a_parked_run_is_kept() -> None:
    """R1: what the world says after the fault is journaled too, and the call is not asked again."""

    async def play(on: Scene) -> None:
        program = load_workflow(PAIR)
        on.programs[program.digest] = with_a_bug(program, "both.one")
        world = ByHand()
        host = on.host(world)
        await on.start(host, program=on.programs[program.digest])
        (_, one), (_, two) = world.begun
        one(Answer(value={"n": 1}))
        await host.ended(TENANT, RUN)
        await asyncio.sleep(1)
        two(Answer(value={"n": 2}))
        await asyncio.sleep(1)
        assert [event.effect for event in on.events() if isinstance(event, Answered)] == ["run-1:1.0", "run-1:1.1"]
        on.programs[program.digest] = program
        mended = ByHand()
        after = on.host(mended)
        await after.resume(TENANT, RUN)
        state = await after.ended(TENANT, RUN)
        assert state.status == "done"
        assert not mended.begun
        assert not [event for event in on.events() if isinstance(event, Refused)]

    scene(play)
