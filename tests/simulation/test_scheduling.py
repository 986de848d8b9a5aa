"""The simulator's own parts: who comes next under each profile, and a clock that is set while a run sleeps."""

from __future__ import annotations

import msgspec
import pytest

from statewright.hosts.chance import DAY_ONE, Profile, Scheduler, Streams, seeded, strikes
from statewright.hosts.happenings import Happening, Happenings, VirtualClock
from statewright.hosts.replay import Step, fold
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.effects import Timer
from statewright.kernel.events import Fired
from statewright.kernel.state import State
from statewright.testing import RUN, TENANT, Faults, instant_store, started
from tests.conformance import corpus
from tests.simulation.choices import Choices

KEY = (TENANT, RUN)
HOUR = 3_600_000


def _scheduler(profile: Profile, *choices: int) -> Scheduler:
    script = iter(choices)
    return Scheduler(Streams(lambda below: 0, lambda below: 0, lambda below: next(script, 0), profile))


@pytest.mark.parametrize(
    ("profile", "choices", "chosen"),
    [
        ("fifo", (), "commit"),
        ("random", (1,), "answer"),
        ("lifo", (), "timer"),
        ("starved", (0, 0), "answer"),
        ("priorities", (9, 3, 7), "answer"),
    ],
)
def test_each_profile_picks_in_its_own_way(profile: Profile, choices: tuple[int, ...], chosen: str) -> None:
    ready = [Happening("commit", 0, KEY), Happening("answer", 0, KEY), Happening("timer", 0, KEY)]
    assert _scheduler(profile, *choices).next(ready).kind == chosen


def test_what_is_starved_comes_when_nothing_else_is_left() -> None:
    assert _scheduler("starved", 0).next([Happening("commit", 0, KEY)]).kind == "commit"


def test_what_cannot_happen_draws_nothing() -> None:
    drawn = Choices(1)["faults"]
    assert not strikes(drawn, 0.0)
    assert drawn.taken == []
    assert strikes(drawn, 1.0)
    assert len(drawn.taken) == 1


def test_what_is_due_comes_before_what_is_not() -> None:
    happenings = Happenings(seeded(None))
    happenings.add(Happening("timer", 50, KEY))
    happenings.add(Happening("commit", 10, KEY))
    assert [happenings.take(0).kind, happenings.take(10).kind] == ["commit", "timer"]


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_a_timer_follows_the_clock_that_is_set(by: int) -> None:
    """I-07 and F8: set back, it waits for as long as the clock shows less; set on, it is due."""
    clock = VirtualClock(DAY_ONE)
    due = DAY_ONE + HOUR // 2
    assert clock.armed(due) == due
    clock.ahead += by
    assert clock.armed(due) == (DAY_ONE if by > 0 else due + HOUR)


@pytest.mark.parametrize("sign", [0, 1])
def test_no_run_wakes_before_its_time_though_the_clock_is_set_at_every_step(sign: int) -> None:
    """I-07 and F8, from the stored bytes alone."""
    case, store = corpus.case("sleep"), instant_store()
    script = iter([999, HOUR, sign] * 3)
    streams = msgspec.structs.replace(seeded(None), clock=lambda below: min(next(script, 0), below - 1))
    faults = Faults(jumps=0.5, jump=HOUR)
    programs = {case.program.digest: case.program}.__getitem__
    host = SimulatedHost(store, case.world(), programs, seed=streams, faults=faults)
    host.start(case.program, started(case.program, case.input, at=host.now))
    host.settle()
    assert host.state(TENANT, RUN).status == case.expect.status
    due: dict[str, int] = {}
    fired: list[str] = []

    def seen(step: Step, state: State) -> None:
        effects = step.decision.effects if step.decision is not None else ()
        due.update({effect.id: effect.due for effect in effects if isinstance(effect, Timer)})
        if isinstance(step.event, Fired):
            fired.append(step.event.effect)
            assert step.event.at >= due[step.event.effect]

    fold(case.program, store.read(TENANT, RUN), store.blob, seen=seen)
    assert sorted(fired) == sorted(due)
