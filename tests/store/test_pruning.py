"""Pruning: ended runs go whole, with what only they name; whatever anybody may still need stays."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.kernel.events import Received
from statewright.store import pruning
from statewright.store.contract import Append
from statewright.store.opening import DATA_FILE
from statewright.store.pruning import Pruned, Which, prune, would_prune
from statewright.store.sqlite import SqliteStore
from tests.independent_reader import read_folder
from tests.store.journals import Journal, Owner, said

LARGE, DATA = values.blob_of("x" * 300_000)
OUTER, OUTER_DATA = values.blob_of({"in": LARGE, "text": "y" * 300_000})
ALL = Which("acme", 10_000)


@pytest.fixture
def owner() -> Owner:
    return Owner()


def ended(run: str, *, records: int = 2, at: int = 0, status: str = "done") -> list[Append]:
    journal = Journal(run)
    last = at or 1_000 + records
    return [*journal.several(records - 1), journal.next(Received(at=last, name="end"), status=status)]


def naming(run: str, value: values.Blob, *blobs: tuple[str, bytes], status: str = "done") -> list[Append]:
    journal = Journal(run)
    first = journal.next()
    second = journal.next(Received(at=1_002, name="go", payload=value), status=status)
    return [first, msgspec.structs.replace(second, blobs=blobs)]


@pytest.fixture
def folder(tmp_path: Path, owner: Owner) -> Path:
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    owner.write(store, *Journal("open").several(3), *ended("old"), *ended("new", at=20_000))
    owner.write(store, *ended("bad", status="failed"))
    store.close()
    return tmp_path


def runs(folder: Path) -> set[str]:
    return {run for _, run in read_folder(folder)}


def written(folder: Path, owner: Owner, *entries: Append) -> None:
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    owner.write(store, *entries)
    store.close()


def reading(folder: Path) -> SqliteStore:
    return SqliteStore.open(folder, hand_back=Owner().hand_back, write=False)


def test_ended_runs_that_are_old_enough_go_and_no_others(folder: Path) -> None:
    assert would_prune(folder, ALL) == Pruned(runs=2, records=4)
    assert runs(folder) == {"open", "old", "new", "bad"}
    assert prune(folder, ALL) == Pruned(runs=2, records=4)
    assert runs(folder) == {"open", "new"}
    assert prune(folder, ALL) == Pruned()
    store = reading(folder)
    assert (store.check().problems, store.check().orphans) == ([], [])
    store.close()


def test_a_status_and_a_tenant_can_be_asked_for(folder: Path) -> None:
    assert prune(folder, Which("other", 10_000)) == Pruned()
    assert prune(folder, Which("acme", 10_000, "failed")).runs == 1
    assert runs(folder) == {"open", "old", "new"}


def test_values_go_with_the_last_run_that_names_them(folder: Path, owner: Owner) -> None:
    one, other = (LARGE.digest, DATA), (OUTER.digest, OUTER_DATA)
    written(folder, owner, *naming("gone", LARGE, one), *naming("stays", OUTER, other, one, status="running"))
    assert prune(folder, ALL).values == 0
    store = reading(folder)
    # Named by a large value alone, which a living run names.
    assert store.blob(LARGE.digest) == DATA
    assert store.check().problems == []
    store.close()
    written(folder, owner, msgspec.structs.replace(_after("stays"), blobs=()))
    assert prune(folder, ALL).values == 2
    store = reading(folder)
    assert (store.blob(LARGE.digest), store.blob(OUTER.digest)) == (None, None)
    assert store.check().problems == []
    store.close()


def _after(run: str) -> Append:
    journal = Journal(run)
    journal.next()
    journal.next(Received(at=1_002, name="go", payload=OUTER))
    return journal.next(status="done")


def test_the_definition_goes_with_the_last_run_of_its_program(tmp_path: Path, owner: Owner) -> None:
    written(tmp_path, owner, *ended("one"), *ended("two", at=20_000))
    assert prune(tmp_path, ALL).values == 0
    assert prune(tmp_path, Which("acme", 30_000)).values == 1
    assert read_folder(tmp_path) == {}


def test_a_run_that_an_open_run_may_start_again_stays(folder: Path, owner: Owner) -> None:
    children = [entry for run in ("open-3-1", "open-3-1-2-1", "opening-1-1", "old-1-1") for entry in ended(run)]
    written(folder, owner, *children)
    assert would_prune(folder, ALL).kept == 2
    assert prune(folder, ALL) == Pruned(runs=4, records=8, kept=2)
    assert runs(folder) == {"open", "new", "open-3-1", "open-3-1-2-1"}


def test_a_folder_in_use_is_not_pruned_but_looked_at(folder: Path, owner: Owner) -> None:
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    with pytest.raises(StatewrightError, match="DATA_LOCKED"):
        prune(folder, ALL)
    assert would_prune(folder, ALL).runs == 2
    store.close()
    assert runs(folder) == {"open", "old", "new", "bad"}


def test_no_folder_is_made_to_be_pruned(tmp_path: Path) -> None:
    assert prune(tmp_path / "none", ALL) == would_prune(tmp_path / "none", ALL) == Pruned()
    assert not (tmp_path / "none").exists()


def test_many_records_go_in_several_transactions(tmp_path: Path, owner: Owner) -> None:
    entries = [entry for number in range(4) for entry in ended(f"run-{number}", records=pruning.ROWS_AT_ONCE // 3)]
    written(tmp_path, owner, *entries)
    assert prune(tmp_path, Which("acme", 10**9)).records == len(entries)
    assert read_folder(tmp_path) == {}


def test_runs_go_on_after_pruning_and_ids_are_free_again(folder: Path, owner: Owner) -> None:
    prune(folder, Which("acme", 10**9))
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    journal = Journal("open")
    *_, fourth = journal.several(4)
    assert owner.write(store, fourth, *ended("old"), *ended("bad")) == [None] * 5
    assert store.check().problems == []
    store.close()
    assert (folder / DATA_FILE).exists()


def test_what_effects_of_a_run_came_to_goes_with_it(folder: Path, owner: Owner) -> None:
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    owner.write(store, said("k", "old:1.1", "hello"), said("k", "older:1.1", "hello"), said("k", "open:1.1", "hello"))
    store.close()
    prune(folder, ALL)
    left = reading(folder)
    remembered = [left.remembered("acme", f"{run}:1.1") is not None for run in ("old", "older", "open")]
    assert (remembered, left.converse("acme", "chat", "k", now=0).count) == ([False, True, True], 3)
    left.close()
