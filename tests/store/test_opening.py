"""Opening a data folder: what is refused, with which code, and that nothing is changed by refusing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, StatewrightError
from statewright.store.opening import SCHEMA_VERSION, library_notice
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Owner


def opened(folder: Path, *, write: bool = True) -> SqliteStore:
    return SqliteStore.open(folder, hand_back=Owner().hand_back, write=write)


def refusal(folder: Path, *, write: bool = True) -> StatewrightError:
    with pytest.raises(StatewrightError) as refused:
        opened(folder, write=write)
    assert refused.value.hint
    return refused.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one run of three records, closed."""
    owner = Owner()
    store = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)
    owner.write(store, *Journal().several(3))
    store.close()
    return tmp_path / "data"


def test_a_new_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    opened(tmp_path / "deep" / "data").close()
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "data" / "statewright.db").stat().st_mode & 0o777 == 0o600


def test_a_folder_in_use_is_refused_naming_the_process(folder: Path) -> None:
    store = opened(folder)
    problem = refusal(folder)
    assert (problem.code, problem.exit_code) == ("DATA_LOCKED", EXIT_CONFLICT)
    assert f"process {os.getpid()}" in problem.message
    store.close()
    opened(folder).close()


def test_the_lock_ends_with_its_process(folder: Path) -> None:
    program = (
        "import os, sys, pathlib; from statewright.store.lock import Lock\n"
        "lock = Lock(pathlib.Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        assert f"process {child.pid}" in refusal(folder).message
        child.kill()
    opened(folder).close()


def test_reading_needs_no_lock(folder: Path) -> None:
    store, reader = opened(folder), opened(folder, write=False)
    assert len(list(reader.read("acme", "run-1"))) == 3
    reader.close()
    store.close()


def test_a_folder_without_data_reads_as_empty_and_stays_as_it_is(tmp_path: Path) -> None:
    reader = opened(tmp_path / "data", write=False)
    assert (reader.runs("acme"), reader.next_due(), reader.index("acme", "r")) == ([], 0, None)
    reader.close()
    assert not (tmp_path / "data").exists()


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "statewright.db").touch()
    opened(tmp_path, write=False).close()
    opened(tmp_path).close()
    assert (tmp_path / "statewright.db").stat().st_size


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    problem = refusal(tmp_path / "file" / "data")
    assert problem.code == "DATA_UNWRITABLE"
    assert str(tmp_path / "file" / "data") in problem.message
    assert refusal(tmp_path / "file").code == "DATA_UNWRITABLE"


def test_a_database_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "statewright.db").mkdir()
    assert refusal(tmp_path).code == "DATA_UNWRITABLE"


@pytest.mark.parametrize("write", [True, False])
def test_a_newer_version_is_refused_naming_both(folder: Path, write: bool) -> None:
    with closing(sqlite3.connect(folder / "statewright.db")) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    problem = refusal(folder, write=write)
    assert problem.code == "DATA_VERSION"
    assert f"version {SCHEMA_VERSION + 1}" in problem.message
    assert f"version {SCHEMA_VERSION}" in problem.message


@pytest.mark.parametrize("write", [True, False])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, write: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "statewright.db")) as database:
        database.execute("CREATE TABLE theirs (x)")
    before = (tmp_path / "statewright.db").read_bytes()
    problem = refusal(tmp_path, write=write)
    assert (problem.code, problem.exit_code) == ("DATA_NOT_OURS", EXIT_DIVERGED)
    assert (tmp_path / "statewright.db").read_bytes() == before


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, write: bool) -> None:
    (tmp_path / "statewright.db").write_text("a letter to somebody\n" * 500)
    assert refusal(tmp_path, write=write).code == "DATA_NOT_OURS"
    assert (tmp_path / "statewright.db").read_text().startswith("a letter")


@pytest.mark.parametrize("write", [True, False])
def test_a_log_without_its_database_is_never_thrown_away(folder: Path, tmp_path: Path, write: bool) -> None:
    owner = Owner()
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    owner.write(store, Journal("run-2").next())
    orphan = tmp_path / "orphan"
    orphan.mkdir()
    shutil.copy(folder / "statewright.db-wal", orphan)
    store.close()
    problem = refusal(orphan, write=write)
    assert (problem.code, problem.exit_code) == ("JOURNAL_CORRUPT", EXIT_DIVERGED)
    assert (orphan / "statewright.db-wal").stat().st_size


def test_a_refused_folder_is_free_again(folder: Path) -> None:
    file = folder / "statewright.db"
    good = file.read_bytes()
    file.write_bytes(b"x" * len(good))
    refusal(folder)
    file.write_bytes(good)
    opened(folder).close()


@pytest.mark.parametrize("version", ["3.7.0", "3.40.1", "3.51.2"])
def test_a_sqlite_with_the_reset_bug_is_warned_of(version: str) -> None:
    assert version in library_notice(version)


@pytest.mark.parametrize("version", ["3.6.23", "3.51.3", "3.54.1"])
def test_other_releases_of_sqlite_are_fine(version: str) -> None:
    assert library_notice(version) == ""


def test_the_bundled_sqlite_needs_no_notice(folder: Path) -> None:
    store = opened(folder)
    assert store.notices == ()
    store.close()
