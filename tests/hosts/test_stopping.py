"""Real processes that are asked to stop under load (I-41), and one that stands still longer than its deadlines (F7)."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.replay import fold
from statewright.kernel.events import Fired, Refused, Started
from statewright.store.sqlite import SqliteStore
from statewright.testing import TENANT, Script, WorldPerformer, load_workflow
from tests.cli.process import environment
from tests.conformance.golden import entries
from tests.hosts.scenes import DONE, PROGRAM
from tests.hosts.serving_child import now
from tests.house.sources import ROOT

STUCK = "3600"
LIMITED = (
    PROGRAM.replace("retries: 2", "timeout: 1s, on_error: {next: rest}") + "  - {id: rest, type: basic, sleep: 1s}\n"
)


def serving(folder: Path, program: str, runs: int, seconds: str) -> subprocess.Popen[str]:
    """Starts the process."""
    command = [sys.executable, "-m", "tests.hosts.serving_child", str(folder), program, str(runs), seconds]
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)


def heard(child: subprocess.Popen[str], lines: int) -> list[str]:
    """Returns its next lines."""
    assert child.stdout is not None
    return [child.stdout.readline() for _ in range(lines)]


def rest_of(child: subprocess.Popen[str]) -> list[str]:
    """Returns what it says until it ends."""
    assert child.stdout is not None
    # `communicate` would read behind the lines that were read ahead.
    with child.stdout:
        lines = child.stdout.read().splitlines()
    child.wait(timeout=60)
    return lines


def told(lines: list[str], word: str) -> set[str]:
    """Returns the runs of which the process said this."""
    return {line.split()[1] for line in lines if line.startswith(f"{word} ")}


@pytest.mark.parametrize("after", [1, 40, 150, 300])
def test_a_process_that_is_asked_to_stop_under_load_drains_and_loses_nothing(after: int, tmp_path: Path) -> None:
    child = serving(tmp_path, PROGRAM, 30, "0.02")
    lines = heard(child, after)
    child.send_signal(signal.SIGTERM)
    lines += rest_of(child)
    assert (child.returncode, lines[-1]) == (0, "drained")
    asyncio.run(taken_up(tmp_path, told(lines, "ok"), told(lines, "DRAINING")))


async def taken_up(folder: Path, acknowledged: set[str], refused: set[str]) -> None:
    """Goes on with what was left: each run that was acknowledged is done in the end, and there is no other."""
    program = load_workflow(PROGRAM)
    store = SqliteStore.open(folder, hand_back=asyncio.get_running_loop().call_soon_threadsafe)
    host = EmbeddedHost(store, WorldPerformer(Script([DONE])), lambda digest: program, clock=now)
    await host.recover()
    for run in acknowledged:
        assert (await host.ended(TENANT, run)).status == "done"
        folded = fold(program, store.read(TENANT, run), store.blob)
        assert folded.divergence is None
    assert {row.run for row in store.runs(TENANT, limit=10_000)} == acknowledged
    assert not refused & acknowledged
    host.close()
    store.close()


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    child = serving(tmp_path, PROGRAM, 3, STUCK)
    lines = heard(child, 3)
    child.send_signal(signal.SIGTERM)
    while heard(child, 1) != ["stopping\n"]:
        pass
    child.send_signal(signal.SIGTERM)
    assert rest_of(child) == []
    assert child.returncode == -signal.SIGTERM
    store = SqliteStore.open(tmp_path, hand_back=lambda call: None, write=False)
    assert {row.run for row in store.owing(limit=10)} == told(lines, "ok")
    store.close()


def test_a_process_that_stands_still_longer_than_its_deadlines_meets_each_once(tmp_path: Path) -> None:
    """F7: the call is timed out once, the timer that follows fires once and not early."""
    child = serving(tmp_path, LIMITED, 1, STUCK)
    heard(child, 1)
    child.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    child.send_signal(signal.SIGCONT)
    heard(child, 1)
    child.kill()
    rest_of(child)
    store = SqliteStore.open(tmp_path, hand_back=lambda call: None, write=False)
    events = [entry.decoded() for entry in entries(store.read(TENANT, "run-0"))]
    assert [type(event) for event in events] == [Started, Refused, Fired]
    started, refused, fired = events
    assert isinstance(refused, Refused)
    assert refused.code == "TIMED_OUT"
    assert refused.at - started.at >= 2_000
    assert fired.at - refused.at >= 1_000
    store.close()
