"""Another program holds the data file (I-03; F9): writes wait for a bounded time, and say then what to do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from statewright.errors import EXIT_UNREACHABLE, StatewrightError
from statewright.store import opening
from statewright.store.contract import Append
from statewright.store.sqlite import SqliteStore
from tests.independent_reader import read_folder
from tests.store.holding import held
from tests.store.journals import Journal, Outcome, Owner

BUSY_MS = 50


def written(store: SqliteStore, owner: Owner, entry: Append) -> str:
    (outcome,) = owner.write(store, entry)
    if outcome is None:
        return ""
    assert isinstance(outcome, StatewrightError)
    assert outcome.exit_code == EXIT_UNREACHABLE
    return outcome.code


def test_what_is_refused_because_the_file_is_locked_is_not_there_and_can_be_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_MS", BUSY_MS)
    owner, journal = Owner(), Journal()
    with closing(SqliteStore.open(tmp_path, hand_back=owner.hand_back)) as store:
        first, second = journal.several(2)
        assert written(store, owner, first) == ""
        with held(tmp_path / opening.DATA_FILE):
            assert [written(store, owner, second) for _ in range(2)] == ["STORE_BUSY"] * 2
            # Reading goes on beside it.
            assert len(list(store.read("acme", "run-1"))) == 1
        assert written(store, owner, second) == ""
        assert store.check().problems == []
    assert [len(records) for records in read_folder(tmp_path).values()] == [2]


def test_a_write_waits_for_whoever_lets_go_in_time(tmp_path: Path) -> None:
    owner, journal = Owner(), Journal()
    with closing(SqliteStore.open(tmp_path, hand_back=owner.hand_back)) as store:
        assert written(store, owner, journal.next()) == ""
        outcomes: list[Outcome] = []
        with held(tmp_path / opening.DATA_FILE) as let_go:
            store.append(journal.next(), outcomes.append)
            assert outcomes == []
            let_go()
            owner.call_next()
        assert outcomes == [None]


def test_a_folder_can_be_opened_and_closed_beside_whoever_holds_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_MS", BUSY_MS)
    owner = Owner()
    with closing(SqliteStore.open(tmp_path, hand_back=owner.hand_back)) as store:
        assert written(store, owner, Journal().next()) == ""
    with held(tmp_path / opening.DATA_FILE):
        SqliteStore.open(tmp_path, hand_back=owner.hand_back).close()
    assert [len(records) for records in read_folder(tmp_path).values()] == [1]
