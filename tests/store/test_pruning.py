"""Pruning: ended runs go whole, with what only they name; whatever anybody may still need stays."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.kernel import values
from statewright.kernel.events import Received
from statewright.store import pruning
from statewright.store.contract import Append
from statewright.store.forgetting import Pruned, Which
from statewright.store.opening import DATA_FILE
from statewright.store.pruning import prune, would_prune
from statewright.store.snapshots import Chunk, Snapshot, chunk_digest, sealed
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


def snapshot(run: str, *chunks: bytes) -> list[Chunk | Snapshot]:
    parts = [Chunk("acme", run, chunk_digest(data), data) for data in chunks]
    made = Snapshot(
        tenant="acme", run=run, seq=1, hash=b"h", program="p", logic=1, codec=1, data=b"{}",
        chunks=tuple(chunk.digest for chunk in parts),
    )  # fmt: skip
    return [*parts, sealed(made)]


def test_snapshots_go_with_their_run_and_chunks_that_nobody_names_go_too(folder: Path, owner: Owner) -> None:
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    # A crash between two steps leaves chunks without their snapshot.
    for parts in (snapshot("old", b"1", b"2"), snapshot("open", b"3"), snapshot("new", b"4")[:1]):
        store.keep(partial(iter, parts), lambda outcome: None)
        owner.call_next()
    assert (store.check().snapshots, store.check().strays) == (2, 1)
    store.close()
    prune(folder, ALL)
    left = reading(folder)
    assert (left.check().snapshots, left.check().strays) == (1, 0)
    kept = [left.chunk("acme", run, chunk_digest(data)) for run, data in (("old", b"1"), ("open", b"3"), ("new", b"4"))]
    assert (left.snapshot("acme", "old"), kept) == (None, [None, b"3", None])
    left.close()


def test_what_went_gives_its_room_back(tmp_path: Path, owner: Owner) -> None:
    written(tmp_path, owner, *naming("gone", LARGE, (LARGE.digest, DATA)), *ended("new", at=20_000))
    before = (tmp_path / DATA_FILE).stat().st_size
    prune(tmp_path, ALL)
    assert (tmp_path / DATA_FILE).stat().st_size < before - len(DATA) + 8_192
    store = reading(tmp_path)
    assert store.check().free == 0
    store.close()


def test_a_host_that_serves_forgets_between_two_commits(folder: Path, owner: Owner) -> None:
    """What the runs named goes with them, and what they were does not come back."""
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    owner.write(store, *naming("gone", LARGE, (LARGE.digest, DATA)))
    gone: list[Pruned | Exception] = []
    store.forget(ALL, gone.append)
    journal = Journal("open")
    journal.several(3)
    assert owner.write(store, journal.next(), *Journal("begun").several(2)) == [None] * 3
    while not gone:
        owner.call_next()
    assert gone == [Pruned(runs=3, records=6, values=1)]
    assert store.blob(LARGE.digest) is None
    # Their names are free, and nobody remembers where their journals ended.
    assert owner.write(store, *ended("old"), journal.next()) == [None] * 3
    assert {row.run for row in store.runs("acme")} == {"open", "new", "begun", "old"}
    assert store.check().problems == []
    store.close()


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
