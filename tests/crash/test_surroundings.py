"""A machine that is short of things, and two operators at once (F17, F19): refused with a code, nothing lost."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from statewright.errors import EXIT_CONFLICT, EXIT_DONE, EXIT_RUN_FAILED, EXIT_UNREACHABLE
from statewright.store.backup import back_up, restore
from statewright.store.sqlite import SqliteStore
from tests.conftest import SOAKING
from tests.crash.vandal import Vandal
from tests.examples.command import COMMAND, LONGEST_S
from tests.independent_reader import read, read_folder
from tests.store.journals import Journal, Owner

BACKUPS = 100 if SOAKING else 10
# Gives itself a limit and becomes the command.
LIMITED = """
import os, resource, sys
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2)
os.execv(sys.argv[3], sys.argv[3:])
"""
MIB = 1024**2


def limited(vandal: Vandal, limit: str, value: int) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "run", "thirty", "-i", f"ledger={vandal.ledger}", "-o", "jsonl"]
    return subprocess.run(
        [sys.executable, "-c", LIMITED, limit, str(value), *command],
        cwd=vandal.folder,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )


@pytest.mark.parametrize(
    ("limit", "values"),
    [
        ("RLIMIT_NOFILE", [9, 11, 13, 15, 17, 64]),
        ("RLIMIT_AS", [260 * MIB, 400 * MIB, 1_024 * MIB]),
        ("RLIMIT_FSIZE", [4_096, 65_536, 200_000]),
    ],
)
def test_a_process_that_is_short_of_something_loses_nothing_and_goes_on_with_more(
    tmp_path: Path, limit: str, values: list[int]
) -> None:
    """I-01, I-03; F3, F17."""
    vandal = Vandal(tmp_path / "project")
    codes = []
    for value in values:
        done = limited(vandal, limit, value)
        codes.append(done.returncode)
        # Too little to begin at all is the interpreter's own matter: then nothing of ours has begun.
        begun = vandal.ledger.exists() or (vandal.folder / ".statewright" / "statewright.db").exists()
        assert "Traceback" not in done.stderr or not begun, done.stderr
        # A tool that cannot open its file fails, and so does its run: that is an end like another.
        vandal.believe(line for line in done.stdout.splitlines(keepends=True) if '"kind": "event"' in line)
        vandal.check()
    assert set(codes) & {EXIT_DONE, EXIT_UNREACHABLE}, codes
    assert vandal.resume(ends=(EXIT_DONE, EXIT_RUN_FAILED)).ended() in (EXIT_DONE, EXIT_RUN_FAILED)
    assert vandal.run().ended() == EXIT_DONE
    vandal.check()


def test_two_commands_at_once_leave_one_whole_folder(tmp_path: Path) -> None:
    """F19: the second one reaches the first, or is told who has the folder; neither loses the other's runs."""
    vandal = Vandal(tmp_path / "project")
    children = [vandal.run(ends=(EXIT_DONE, EXIT_CONFLICT)) for _ in range(4)]
    codes = [child.ended() for child in children]
    for child in children:
        vandal.believe(child.lines)
    assert EXIT_DONE in codes
    vandal.finish()
    journals = read(vandal.folder / ".statewright")
    assert len(journals) >= codes.count(EXIT_DONE)


@pytest.mark.soak
def test_backups_of_a_folder_that_is_written_are_beginnings_of_it(tmp_path: Path) -> None:
    """I-10; F19: each restores to a beginning of every journal, and no later one has less."""
    owner, journals = Owner(), [Journal(f"run-{number}") for number in range(4)]
    held: dict[str, int] = {}
    with closing(SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)) as store:
        for number in range(BACKUPS):
            entries = [journal.next() for journal in journals for _ in range(5)]
            # Under way while the copy is made: some of them are in it, and some may not be.
            for entry in entries:
                store.append(entry, lambda failed: None)
            back_up(tmp_path / "data", tmp_path / f"{number}.db")
            owner.write(store)
            restore(tmp_path / f"{number}.db", tmp_path / f"{number}")
            found = {run: len(records) for (_, run), records in read_folder(tmp_path / f"{number}").items()}
            assert all(found.get(run, 0) >= count for run, count in held.items())
            held = found
        whole = {run: [r.hash for r in store.read("acme", run)] for run in held}
        with closing(SqliteStore.open(tmp_path / f"{BACKUPS - 1}", hand_back=owner.hand_back)) as last:
            for run, hashes in whole.items():
                assert [r.hash for r in last.read("acme", run)] == hashes[: held[run]]
