"""What reaches the disk, seen from below SQLite: one sync per batch, and none after one has failed (I-03)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from statewright.errors import StatewrightError
from statewright.store import writer
from statewright.store.sqlite import SqliteStore
from tests.independent_reader import read_folder
from tests.store.journals import Journal, Owner

DATABASE, LOG = "statewright.db", "statewright.db-wal"


class Disk(apsw.VFS):
    """The machine's own disk, where syncs are counted, and fail for the file `broken`. SQLite uses it by default."""

    def __init__(self) -> None:
        self.synced: list[str] = []
        self.broken = ""
        self.below = apsw.vfs_names()[0]
        super().__init__("counting", self.below, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return File(self, name, flags)


class File(apsw.VFSFile):
    """A file of that disk."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else str(name)).name
        super().__init__(disk.below, name, flags)

    def xSync(self, flags: int) -> None:
        self._disk.synced.append(self._name)
        if self._disk.broken == self._name:
            raise apsw.IOError("the disk said no")
        super().xSync(flags)


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.unregister()


def test_a_commit_syncs_the_log_once(tmp_path: Path, disk: Disk) -> None:
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    owner.write(store, journal.next())
    disk.synced.clear()
    for _ in range(20):
        owner.write(store, journal.next())
    assert disk.synced == [LOG] * 20
    store.close()


def test_nothing_is_written_after_a_sync_has_failed(tmp_path: Path, disk: Disk) -> None:
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    assert owner.write(store, *journal.several(3)) == [None] * 3
    disk.broken = LOG
    disk.synced.clear()
    entries = journal.several(3)
    first = owner.write(store, entries[0])
    disk.broken = ""
    later = owner.write(store, entries[0], entries[1], Journal("run-2").next())
    assert [getattr(outcome, "code", None) for outcome in first + later] == ["STORE_FAILED"] * 4
    assert len(list(store.read("acme", "run-1"))) == 3
    store.close()
    assert disk.synced == [LOG]

    again = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    # The record whose sync failed may have reached the disk; the ones refused after it cannot.
    assert again.verify("acme", "run-1").seq in (3, 4)
    assert again.index("acme", "run-2") is None
    again.close()


def test_a_checkpoint_that_fails_loses_nothing_and_stops_the_writer(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, journal = Owner(), Journal()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 1)
    disk.broken = DATABASE
    kept, refused = owner.write(store, journal.next()) + owner.write(store, journal.next())
    store.close()
    assert kept is None
    assert isinstance(refused, StatewrightError)
    assert refused.code == "STORE_FAILED"
    assert [len(records) for records in read_folder(tmp_path).values()] == [1]
