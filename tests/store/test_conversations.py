"""Conversations on disk: what has expired goes, a piece at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from statewright.store.conversations import SWEPT_MAX
from statewright.store.remembering import Room
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Owner, said


def rows(folder: Path) -> tuple[int, int]:
    # Through the store's own library: another one in this process would let go of its locks.
    database = apsw.Connection(str(folder / "statewright.db"), flags=apsw.SQLITE_OPEN_READONLY)
    conversations, messages = database.execute(
        "SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM said)"
    ).get
    database.close()
    return conversations, messages


def test_what_has_expired_leaves_the_disk_a_bounded_piece_with_each_change(tmp_path: Path) -> None:
    owner = Owner()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    owner.write(store, said("long", "e1", *["x"] * (SWEPT_MAX + 10), expires=2_000), said("k", "e2", "kept"))
    assert rows(tmp_path) == (2, SWEPT_MAX + 11)
    owner.write(store, said("k", "e3", "more", at=2_000))
    assert rows(tmp_path) == (2, 12)
    owner.write(store, said("k", "e4", "more", at=2_001))
    assert rows(tmp_path) == (1, 3)
    store.close()


def test_a_full_memory_costs_the_same_however_much_went_through_it(tmp_path: Path) -> None:
    """Only what must go is looked at: the rows that stay are never read."""
    owner = Owner()
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    room: dict[str, Any] = {"full": Room(messages=100), "keep": Room(messages=100)}
    owner.write(store, *(said("k", f"e{n}", f"{n}", **room) for n in range(1_000)))
    assert rows(tmp_path) == (1, 100)
    assert [message["content"] for message in store.converse("acme", "chat", "k", now=0, limit=1).messages] == ["999"]
    store.close()
