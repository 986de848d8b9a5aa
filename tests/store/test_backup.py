"""Backups: a moment between two commits, checked, and nothing of ours or of others is ever written over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_NOT_FOUND, StatewrightError
from statewright.store.backup import back_up, restore
from statewright.store.contract import JournalCorrupt
from statewright.store.opening import DATA_FILE
from statewright.store.sqlite import SqliteStore
from tests.independent_reader import read_folder
from tests.store.journals import Journal, Owner, said


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def living(tmp_path: Path, owner: Owner) -> Iterator[SqliteStore]:
    """A store that a host has open: two runs, a conversation, everything still in its log."""
    store = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)
    owner.write(store, *Journal("a").several(3), *Journal("b").several(2), said("k", "e1", "hello"))
    yield store
    store.close()


@pytest.fixture
def backup(living: SqliteStore, tmp_path: Path) -> Path:
    back_up(living.file.parent, tmp_path / "backup")
    return tmp_path / "backup"


def refusal(backup: Path, folder: Path, *, replace: bool = False) -> StatewrightError:
    with pytest.raises(StatewrightError) as refused:
        restore(backup, folder, replace=replace)
    return refused.value


def test_a_backup_of_a_living_store_is_one_file_with_every_commit_so_far(
    living: SqliteStore, owner: Owner, tmp_path: Path
) -> None:
    journal = Journal("c")
    copied = back_up(living.file.parent, tmp_path / "backup")
    owner.write(living, *journal.several(4))
    assert (copied.runs, copied.records, copied.size) == (2, 5, (tmp_path / "backup").stat().st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "data"]
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "backup", tmp_path / "again")
    assert {run: len(records) for (_, run), records in read_folder(tmp_path / "again").items()} == {"a": 3, "b": 2}


def test_a_restored_folder_goes_on_where_the_backup_was_made(backup: Path, owner: Owner, tmp_path: Path) -> None:
    restore(backup, tmp_path / "again")
    store = SqliteStore.open(tmp_path / "again", hand_back=owner.hand_back)
    journal = Journal("a")
    *_, fourth = journal.several(4)
    assert owner.write(store, fourth) == [None]
    assert store.converse("acme", "chat", "k", now=0).count == 1
    assert store.check().problems == []
    store.close()


def test_a_folder_in_use_is_never_restored_into(backup: Path, living: SqliteStore) -> None:
    for replace in (False, True):
        refused = refusal(backup, living.file.parent, replace=replace)
        assert (refused.code, refused.exit_code) == ("DATA_LOCKED", EXIT_CONFLICT)
    assert living.index("acme", "a") is not None


def test_data_that_is_there_is_refused_or_set_aside(backup: Path, owner: Owner, tmp_path: Path) -> None:
    other = SqliteStore.open(tmp_path / "other", hand_back=owner.hand_back)
    owner.write(other, Journal("mine").next())
    other.close()
    refused = refusal(backup, tmp_path / "other")
    assert (refused.code, refused.exit_code) == ("DATA_EXISTS", EXIT_CONFLICT)
    copied = restore(backup, tmp_path / "other", replace=True)
    assert copied.set_aside is not None
    assert {run for _, run in read_folder(tmp_path / "other")} == {"a", "b"}
    assert {run for _, run in read_folder(copied.set_aside)} == {"mine"}


def test_no_backup_is_written_over_or_made_of_nothing(living: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("mine")
    with pytest.raises(StatewrightError, match="FILE_EXISTS"):
        back_up(living.file.parent, tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "mine"
    with pytest.raises(StatewrightError, match="DATA_MISSING") as missing:
        back_up(tmp_path / "nowhere", tmp_path / "other")
    assert missing.value.exit_code == EXIT_NOT_FOUND
    with pytest.raises(StatewrightError, match="OUTPUT_UNWRITABLE"):
        back_up(living.file.parent, tmp_path / "no" / "folder")
    assert not (tmp_path / "other").exists()


def test_a_damaged_folder_gives_no_backup(living: SqliteStore, tmp_path: Path) -> None:
    living.close()
    database = apsw.Connection(str(living.file))
    database.execute("UPDATE journal SET body = CAST('{}' AS BLOB) WHERE position = 2")
    database.close()
    with pytest.raises(JournalCorrupt, match="run 'a', record 2"):
        back_up(living.file.parent, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_damaged_or_foreign_backup_leaves_the_folder_as_it_was(backup: Path, tmp_path: Path) -> None:
    data = bytearray(backup.read_bytes())
    place = data.index(b'{"seq":2,')
    data[place + 40] ^= 1
    (tmp_path / "damaged").write_bytes(data)
    (tmp_path / "foreign").write_bytes(b"no database at all" * 100)
    (tmp_path / "empty").touch()
    for name, code in (("damaged", "JOURNAL_CORRUPT"), ("foreign", "DATA_NOT_OURS"), ("empty", "DATA_NOT_OURS")):
        refused = refusal(tmp_path / name, tmp_path / "again")
        assert (refused.code, refused.exit_code) == (code, EXIT_DIVERGED)
        assert not (tmp_path / "again" / DATA_FILE).exists()
    assert refusal(tmp_path / "nothing", tmp_path / "again").code == "DATA_MISSING"


def test_a_backup_of_a_newer_release_is_refused_naming_both_versions(backup: Path, tmp_path: Path) -> None:
    database = apsw.Connection(str(backup))
    database.pragma("user_version", 99)
    database.close()
    refused = refusal(backup, tmp_path / "again")
    assert (refused.code, refused.exit_code) == ("DATA_VERSION", EXIT_CONFLICT)
    assert "version 99" in refused.message


def test_a_restore_that_was_killed_is_begun_again(backup: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / f"{DATA_FILE}.restored").write_text("half of it")
    assert restore(backup, again).runs == 2
    assert sorted(path.name for path in again.iterdir()) == ["lock", DATA_FILE]


def test_a_backup_in_the_middle_of_many_commits_is_a_moment_between_two(
    living: SqliteStore, owner: Owner, tmp_path: Path
) -> None:
    journals = [Journal(f"busy-{number}") for number in range(8)]
    acknowledged: list[Exception | None] = []
    entries = [journal.next() for _ in range(200) for journal in journals]
    for number, entry in enumerate(entries):
        living.append(entry, acknowledged.append)
        if number % 400 == 200:
            back_up(living.file.parent, tmp_path / f"backup-{number}")
    while len(acknowledged) < len(entries):
        owner.call_next()
    assert acknowledged == [None] * len(entries)
    for number in (200, 600, 1_000, 1_400):
        folder = tmp_path / f"again-{number}"
        restore(tmp_path / f"backup-{number}", folder)
        kept = [len(records) for (_, run), records in read_folder(folder).items() if run.startswith("busy")]
        # Commits are in the order of the writes, so no run is more than a record ahead of another.
        assert max(kept, default=0) - min(kept, default=0) <= 1
