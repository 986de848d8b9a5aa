"""Holds: a backup and a restore of it bring every run to another folder, and say what is in the way (B-160)."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from pathlib import Path

from statewright.errors import EXIT_CONFLICT, EXIT_DONE, EXIT_UNREACHABLE
from statewright.store.lock import Lock
from statewright.store.opening import DATA_FILE
from statewright.store.sqlite import SqliteStore
from tests.cli.process import COMMAND, environment, statewright
from tests.cli.projects import passing
from tests.store.journals import Journal, Owner


def test_runs_go_into_a_file_and_out_of_it(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    before = statewright("runs", "show", "last", "-o", "json", cwd=folder).stdout
    made = statewright("backup", "saved", "-o", "json", cwd=folder)
    assert json.loads(made.stdout)["runs"] == 1
    done = statewright("restore", "saved", "--into", "elsewhere", cwd=folder)
    assert (done.returncode, done.stdout.split(",")[0]) == (EXIT_DONE, "elsewhere: 1 run")
    assert statewright("runs", "show", "last", "-o", "json", "--data", "elsewhere", cwd=folder).stdout == before
    assert statewright("replay", "last", "--data", "elsewhere", cwd=folder).returncode == EXIT_DONE


def test_restoring_over_a_running_host_or_data_is_a_conflict(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    statewright("backup", "saved", cwd=folder)
    lock = Lock(folder / ".statewright")
    done = statewright("restore", "saved", "--replace", cwd=folder)
    lock.release()
    assert (done.returncode, "DATA_LOCKED" in done.stderr) == (EXIT_CONFLICT, True)
    done = statewright("restore", "saved", cwd=folder)
    assert (done.returncode, "DATA_EXISTS" in done.stderr, "--replace" in done.stderr) == (EXIT_CONFLICT, True, True)
    done = statewright("restore", "saved", "--replace", cwd=folder)
    assert (done.returncode, "before-restore-" in done.stderr) == (EXIT_DONE, True)


def test_a_log_that_a_crash_has_torn_is_told_of_once(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    owner = Owner()
    store = SqliteStore.open(folder / ".statewright", hand_back=owner.hand_back)
    owner.write(store, Journal("torn").next())
    crashed = folder / "crashed"
    shutil.copytree(folder / ".statewright", crashed)
    store.close()
    with (crashed / f"{DATA_FILE}-wal").open("ab") as log:
        log.write(b"half a frame")
    told = [statewright("run", "-i", "name=Ben", "--data", "crashed", cwd=folder) for _ in range(2)]
    assert [done.returncode for done in told] == [EXIT_DONE, EXIT_DONE]
    assert ["a crash cut the last transaction off" in done.stderr for done in told] == [True, False]


def test_a_disk_that_does_not_take_the_backup_is_named_with_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    # SQLite's index of the log fits, the copy does not.
    limit = 65_536
    done = subprocess.run(
        [*COMMAND, "backup", "saved"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == EXIT_UNREACHABLE
    assert done.stderr.splitlines()[0] == "OUTPUT_UNWRITABLE saved: Input/output error"
    assert not [path for path in folder.iterdir() if path.name.startswith("saved")]
