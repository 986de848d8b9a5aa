"""The process is killed at every sync of a thirty-step run, before and after it: nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.vandal import Vandal

HOOK = str(Path(__file__).with_name("at_sync"))
# Each step commits by itself at least while the steps come one after the other.
SYNCS_MIN = 21


def _syncing(folder: Path, die_at: str) -> dict[str, str]:
    return {"PYTHONPATH": HOOK, "SYNCS": str(folder / "syncs"), "DIE_AT": die_at}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_any_sync_loses_nothing_and_repeats_no_result(tmp_path: Path, moment: str) -> None:
    """I-01, I-05, I-11, I-13, I-16; F2."""
    number, was_killed = 0, True
    while was_killed:
        number += 1
        vandal = Vandal(tmp_path / f"{number}")
        child = vandal.run(_syncing(vandal.folder, f"{number}:{moment}"))
        was_killed = child.ended() == -9
        vandal.believe(child.lines)
        vandal.check()
        vandal.finish()
    assert number > SYNCS_MIN


@pytest.mark.timeout(300)
def test_a_kill_at_any_sync_of_the_recovery_changes_nothing_but_attempts(tmp_path: Path) -> None:
    """I-05: the recovery itself is killed, again and again, at its first five syncs."""
    vandal = Vandal(tmp_path / "project")
    child = vandal.run(_syncing(vandal.folder, "12:after"))
    assert child.ended() == -9
    vandal.believe(child.lines)
    for number in range(1, 6):
        recovery = vandal.resume(_syncing(vandal.folder, f"{number}:before"))
        recovery.ended()
        vandal.believe(recovery.lines)
        vandal.check()
    vandal.finish()
