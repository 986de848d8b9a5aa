"""The process is killed at random moments while it runs or recovers several runs: 300 times, 1,000 by `make soak`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conftest import SOAKING
from tests.crash.vandal import Vandal
from tests.examples.command import verified

# A season is one data folder; its journals are read back after every kill, so it stays short.
KILLS = 25
SEASONS = 40 if SOAKING else 12
# With this many runs open the next command takes them all up at once; that is the load.
OPEN_MAX = 5
# How far a command may get, seconds: less than it takes on an idle machine to do all of its work.
RUN_S, RESUME_S = 0.12, 0.3
# One kill in so many falls between the command's start and its first word, which takes about this long.
EARLY, START_S = 8, 0.35


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("season", range(SEASONS))
def test_kills_at_random_moments_lose_nothing_and_repeat_no_result(tmp_path: Path, season: int) -> None:
    """I-01, I-05, I-11, I-12, I-13, I-16; F1. The season is the seed of every moment."""
    chance = random.Random(season)
    vandal = Vandal(tmp_path / "project")
    kills = 0
    while kills < KILLS:
        is_full = vandal.unfinished() >= OPEN_MAX
        child = vandal.resume() if is_full else vandal.run()
        is_early = chance.randrange(EARLY) == 0
        span = START_S if is_early else RESUME_S if is_full else RUN_S
        kills += child.killed(chance.uniform(0, span), from_first_line=not is_early)
        vandal.believe(child.lines)
        vandal.check()
    vandal.finish()
    verified(vandal.folder, "last")
