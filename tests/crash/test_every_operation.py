"""Whole sessions on a bad disk: it stops the process, the power, or the writing at each of its operations in turn.

After every end all that was said to be done is there and nothing is there by half, and the session, repeated, comes to
what it comes to undisturbed. `make soak` goes through every operation; `make test` through every one that makes
something durable, and through a sample of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from statewright.errors import EXIT_UNREACHABLE, StatewrightError
from tests.conftest import SOAKING
from tests.crash.arena import Arena
from tests.crash.arena_child import ENDED, REFUSED, Ending
from tests.crash.bad_disk import BOUNDARIES, WRITES, Fault, Plan
from tests.crash.stories import STORIES, Story, journals
from tests.independent_reader import Broken

KILLED = -9
# What a program says when the disk refuses. A disk that is full is told where it is met.
REFUSALS = {"STORE_FAILED", "DATA_UNWRITABLE", "OUTPUT_UNWRITABLE", "STORE_UNREADABLE"}
# Which operations `make test` goes through: one in so many, of those that make durable and of the others.
SAMPLE: dict[Fault, tuple[int, int]] = {"kill": (1, 37), "power": (4, 59), "full": (99, 61), "error": (9, 83)}


class Stage:
    """A session, what it comes to undisturbed, and where it can be stopped."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.story: Story = STORIES[arena.session]
        self.story.prepare(self.arena.prepared)
        self.arena.renew()
        self.whole = self.arena.live()
        assert self.whole.code == ENDED, self.whole.refusal
        self.result: Any = self.story.result(self.arena.folder)

    def plans(self, fault: Fault, *, on: bool = False) -> Iterator[Plan]:
        """Yields where to strike. The order of operations may change a little from one life to the next."""
        for kinds, step in zip((BOUNDARIES, WRITES), SAMPLE[fault], strict=True):
            count = sum(self.whole.counts.get(kind, 0) for kind in kinds)
            for at in range(1, count + 1, 1 if SOAKING else step):
                yield Plan(fault, at, kinds, on=on, seed=at)

    def strike(self, plan: Plan) -> Ending:
        """Lives through the plan, looks, lives on undisturbed, and looks at what has come of it."""
        self.arena.renew()
        ending = self.arena.live(plan)
        self.story.look(self.arena.folder, ending.said)
        again = self.arena.live()
        # What was done, and not said, need not be done again.
        assert again.code == ENDED or again.refusal["code"] == "FILE_EXISTS", again.refusal
        self.story.look(self.arena.folder, [*ending.said, *again.said])
        assert self.story.result(self.arena.folder) == self.result
        return ending


@pytest.fixture(scope="module", params=list(STORIES))
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    arena = Arena(tmp_path_factory.mktemp(request.param), request.param)
    try:
        yield Stage(arena)
    finally:
        arena.close()


@pytest.mark.soak
@pytest.mark.timeout(3_600 if SOAKING else 120)
@pytest.mark.parametrize("fault", ["kill", "power"])
def test_a_session_that_is_stopped_anywhere_loses_nothing_and_can_be_repeated(stage: Stage, fault: Fault) -> None:
    """I-01, I-02, I-05, I-08, I-11, I-16; F1, F2, F5, F18."""
    ends = {stage.strike(plan).code for plan in stage.plans(fault)}
    assert ends <= {KILLED, ENDED}
    assert KILLED in ends


@pytest.mark.soak
@pytest.mark.timeout(3_600 if SOAKING else 120)
@pytest.mark.parametrize("on", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("fault", ["full", "error"])
def test_what_the_disk_refuses_is_refused_with_a_code_and_leaves_nothing(stage: Stage, fault: Fault, on: bool) -> None:
    """I-01, I-03, I-09; F3, F4. What SQLite can do without, as room for its own index of a log, is no refusal."""
    for plan in stage.plans(fault, on=on):
        ending = stage.strike(plan)
        assert ending.code in (ENDED, REFUSED)
        if ending.code == REFUSED:
            assert ending.refusal["code"] in REFUSALS
            assert ending.refusal["exit_code"] == EXIT_UNREACHABLE, ending.refusal
            assert ending.refusal["hint"]
            if plan.fault == "error" and plan.kinds == BOUNDARIES and ending.said:
                # A sync that failed is not tried again, nor is anything written behind it.
                assert "write" not in ending.after, ending


@pytest.mark.soak
def test_a_store_that_does_not_sync_is_found_out(tmp_path: Path) -> None:
    """The disk itself is tested: it takes what nobody made durable."""
    arena = Arena(tmp_path, "careless")
    try:
        losses = 0
        for at in range(1, 180, 12):
            arena.renew()
            ending = arena.live(Plan("power", at, seed=at))
            try:
                found = journals(arena.folder)
            except (StatewrightError, Broken):
                losses += 1
                continue
            losses += any(len(found.get(word["run"], ())) < word["seq"] for word in ending.said if "seq" in word)
        assert losses
    finally:
        arena.close()
