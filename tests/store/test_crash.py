"""Acknowledged is durable (I-01, I-03): processes are killed at random moments, and disks fill up at each size.

The folder is read back by `independent_reader`, which shares nothing with the store.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from statewright.store.sqlite import SqliteStore
from tests.independent_reader import read_folder
from tests.store.journals import Owner

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINES_MAX = 400


def command(program: str, *arguments: object) -> list[str]:
    return [sys.executable, str(HERE / program), *map(str, arguments)]


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}


def acknowledged_until_killed(folder: Path, seed: str) -> Iterator[tuple[str, int]]:
    """Yields what a process acknowledged before it was killed: at some line, however far it has got by then."""
    lines = random.Random(seed).randrange(LINES_MAX)
    child = subprocess.Popen(command("appending_child.py", folder, seed), stdout=subprocess.PIPE, env=ENVIRONMENT)
    with child:
        assert child.stdout is not None
        for number, line in enumerate(child.stdout):
            if number == lines:
                child.kill()
            run, seq = line.split()
            yield run.decode(), int(seq)
    assert child.returncode == -9, f"seed {seed}: the process ended by itself with {child.returncode}"


@pytest.mark.soak
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path, soaking: bool) -> None:
    acknowledged: dict[str, int] = {}
    for cycle in range(1_000 if soaking else 30):
        # Every tenth folder is new, so that its creation is under fire as well.
        folder = tmp_path / str(cycle // 10)
        if cycle % 10 == 0:
            acknowledged = {}
        acknowledged.update(acknowledged_until_killed(folder, f"kill-{cycle}"))
        journals = {run: len(records) for (_, run), records in read_folder(folder).items()}
        lost = {run: seq for run, seq in acknowledged.items() if journals.get(run, 0) < seq}
        assert not lost, f"cycle {cycle}: acknowledged {lost}, found {journals}"
        store = SqliteStore.open(folder, hand_back=Owner().hand_back)
        assert store.check().problems == []
        store.close()


# From no room for a single frame of the log to room for them all.
@pytest.mark.parametrize("space", [4_096, 28_672, 40_000, 60_001, 100_000, 300_000, 10_000_000])
def test_a_full_disk_refuses_without_a_trace_and_stops_the_writer(tmp_path: Path, space: int) -> None:
    owner = Owner()
    SqliteStore.open(tmp_path, hand_back=owner.hand_back).close()
    child = subprocess.run(
        command("full_disk_child.py", tmp_path, space), env=ENVIRONMENT, capture_output=True, check=True, text=True
    )
    outcomes = dict(line.split() for line in child.stdout.splitlines())
    codes = list(outcomes.values())
    kept = codes.index("STORE_FAILED") if "STORE_FAILED" in codes else len(codes)
    assert codes == ["ok"] * kept + ["STORE_FAILED"] * (len(codes) - kept)
    assert (kept == len(codes)) == (space == 10_000_000)
    assert [run for _, run in read_folder(tmp_path)] == list(outcomes)[:kept]
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    assert store.check().problems == []
    store.close()
