"""A data folder of an older release is brought to this one's version, with everything in it."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.store.backup import restore
from statewright.store.opening import APPLICATION_ID, DATA_FILE, INCREMENTAL, SCHEMA_VERSION
from statewright.store.remembering import Remembered
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Owner, said

SAID = "INSERT INTO said (tenant, memory, key, effect, at, expires, messages) VALUES (?, 'chat', ?, ?, 1, ?, ?)"
TABLES = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
MESSAGES = [{"role": "user", "content": "Grüße"}, {"role": "assistant", "content": "Hi", "$ref": [1, 2.5, None]}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of version 1 with what was said in two conversations."""
    database = apsw.Connection(str(tmp_path / DATA_FILE))
    database.execute(Path(__file__).with_name("version_1.sql").read_text()).fetchall()
    database.pragma("application_id", APPLICATION_ID)
    database.pragma("user_version", 1)
    for row in [
        ("acme", "k", "e1", 500, values.encode(MESSAGES)),
        ("acme", "other", "e2", 0, values.encode(MESSAGES[:1])),
        ("acme", "k", "e3", 900, values.encode([{"role": "user", "content": "Bye"}])),
    ]:
        database.execute(SAID, row).fetchall()
    database.close()
    return tmp_path


def test_conversations_of_version_1_go_on(folder: Path) -> None:
    owner = Owner()
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    found = store.converse("acme", "chat", "k", now=899)
    assert found.messages == [*MESSAGES, {"role": "user", "content": "Bye"}]
    assert (found.count, found.tokens, found.expires) == (3, 4, 900)
    assert store.remembered("acme", "e1") == Remembered(count=2)
    owner.write(store, said("other", "e2", "again"), said("other", "e4", "more"))
    assert [message["content"] for message in store.converse("acme", "chat", "other", now=0).messages] == [
        "Grüße", "more"
    ]  # fmt: skip
    store.close()


def test_a_folder_that_was_brought_up_to_date_is_like_a_new_one(folder: Path, tmp_path: Path) -> None:
    for one in (folder, tmp_path / "new"):
        SqliteStore.open(one, hand_back=Owner().hand_back).close()
    old, new = (apsw.Connection(str(one / DATA_FILE)) for one in (folder, tmp_path / "new"))
    assert old.pragma("user_version") == new.pragma("user_version") == SCHEMA_VERSION
    assert old.execute(TABLES).fetchall() == new.execute(TABLES).fetchall()
    assert old.pragma("integrity_check") == "ok"
    # Both give room back a little at a time.
    assert old.pragma("auto_vacuum") == new.pragma("auto_vacuum") == INCREMENTAL


def test_an_older_folder_is_not_read_before_it_is_brought_up_to_date(folder: Path) -> None:
    with pytest.raises(StatewrightError) as refused:
        SqliteStore.open(folder, hand_back=Owner().hand_back, write=False)
    assert (refused.value.code, "version 1" in refused.value.message) == ("DATA_VERSION", True)
    SqliteStore.open(folder, hand_back=Owner().hand_back).close()
    SqliteStore.open(folder, hand_back=Owner().hand_back, write=False).close()


def test_the_folder_as_it_was_stays_beside_it_once(folder: Path) -> None:
    for _ in range(2):
        SqliteStore.open(folder, hand_back=Owner().hand_back).close()
    (kept,) = folder.glob(f"{DATA_FILE}.version-1.*")
    assert kept.stat().st_mode & 0o777 == 0o600
    before = apsw.Connection(str(kept))
    assert (before.pragma("user_version"), before.pragma("integrity_check")) == (1, "ok")
    assert before.execute("SELECT count(*) FROM said").get == 3
    before.close()


def test_a_step_that_fails_leaves_the_folder_as_it_was(folder: Path) -> None:
    database = apsw.Connection(str(folder / DATA_FILE))
    # In the way of the first step, at its end.
    database.execute("CREATE TABLE remembered (x)")
    tables = database.execute(TABLES).fetchall()
    for _ in range(2):
        with pytest.raises(StatewrightError, match="remembered"):
            SqliteStore.open(folder, hand_back=Owner().hand_back)
    assert (database.pragma("user_version"), database.execute(TABLES).fetchall()) == (1, tables)
    assert list(folder.glob(f"{DATA_FILE}.version-1.*")) == []
    assert database.execute("SELECT count(*) FROM said").get == 3
    database.close()


def test_an_older_release_refuses_a_newer_folder_naming_both_versions(folder: Path) -> None:
    database = apsw.Connection(str(folder / DATA_FILE))
    database.pragma("user_version", SCHEMA_VERSION + 1)
    database.close()
    before = (folder / DATA_FILE).read_bytes()
    for write in (False, True):
        with pytest.raises(StatewrightError) as refused:
            SqliteStore.open(folder, hand_back=Owner().hand_back, write=write)
        said_of = refused.value.message
        assert (refused.value.code, f"version {SCHEMA_VERSION + 1}" in said_of) == ("DATA_VERSION", True)
        assert f"version {SCHEMA_VERSION}" in said_of
    assert (folder / DATA_FILE).read_bytes() == before


def test_a_backup_of_an_older_release_is_restored_and_brought_up_to_date(folder: Path, tmp_path: Path) -> None:
    (folder / DATA_FILE).rename(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    store = SqliteStore.open(tmp_path / "again", hand_back=Owner().hand_back)
    assert store.converse("acme", "chat", "k", now=899).count == 3
    store.close()
