"""The deep check: it names file, run and sequence of whatever is not what was stored, and tells nothing twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from statewright.kernel import values
from statewright.kernel.events import Received
from statewright.store.contract import Append, Health, JournalCorrupt
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Owner, open_store

LARGE, DATA = values.blob_of("x" * 300_000)
INNER, INNER_DATA = values.blob_of({"in": [LARGE]})


def written(owner: Owner, store: SqliteStore) -> None:
    """Writes run a of ten records, and run b whose second one holds a large value that holds another."""
    journal = Journal("b")
    first, second = journal.next(), journal.next(Received(at=1_002, name="go", payload=INNER))
    blobs = ((LARGE.digest, DATA), (INNER.digest, INNER_DATA))
    owner.write(store, *Journal("a").several(10), first, msgspec.structs.replace(second, blobs=blobs))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    owner = Owner()
    opened = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    written(owner, opened)
    yield opened
    opened.close()


def changed(store: SqliteStore, *statements: str) -> Health:
    """Returns what is found after somebody has changed the file."""
    database = apsw.Connection(str(store.file))
    for statement in statements:
        database.execute(statement).fetchall()
    database.close()
    return store.check()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_whole_store_has_no_problems_and_is_counted(kind: str, tmp_path: Path) -> None:
    owner = Owner()
    store = open_store(kind, tmp_path, owner)
    entries: list[Append] = [*Journal("a").several(300), *Journal("b").several(2)]
    owner.write(store, *entries)
    assert store.check() == Health(runs=2, records=302, kept=1)
    store.close()


FAULTS = [
    ("UPDATE journal SET body = CAST('{}' AS BLOB) WHERE run = 1 AND seq = 4", "run 'a', record 4: its hash"),
    ("DELETE FROM journal WHERE run = 1 AND seq = 10", "run 'a', record 1: the index says"),
    ("UPDATE runs SET seq = 9 WHERE run = 'a'", "run 'a', record 9: the index names it as the last one"),
    ("UPDATE blobs SET data = CAST('1' AS BLOB)", "run 'b', record 2: the value or definition"),
    ("DELETE FROM blobs", "run 'b', record 2: the value or definition"),
    ("UPDATE definitions SET data = CAST('1' AS BLOB)", "record 1.* is not what was stored"),
    ("DELETE FROM definitions", "record 1.* is missing"),
    ("INSERT INTO journal SELECT 99, run, 11, 0, body, hash FROM journal WHERE position = 5", "1 records more"),
]


@pytest.mark.parametrize(("statement", "problem"), FAULTS)
def test_what_is_wrong_is_named_with_its_run_and_record(store: SqliteStore, statement: str, problem: str) -> None:
    found = changed(store, statement).problems
    assert all(one.code == "JOURNAL_CORRUPT" and str(store.file) in one.message for one in found)
    with pytest.raises(JournalCorrupt, match=problem):
        raise found[0]
    # Nobody can tell any more who names a value that lies inside of a damaged one.
    assert len(found) == (2 if "UPDATE blobs" in statement else 1)


def test_what_no_record_names_is_an_orphan_and_no_problem(store: SqliteStore) -> None:
    orphan, data = values.blob_of("nobody's")
    health = changed(store, f"INSERT INTO blobs VALUES ('{orphan.digest}', x'{data.hex()}')")
    assert (health.problems, health.orphans) == ([], [orphan.digest])
    lost = changed(store, "UPDATE blobs SET data = x'31' WHERE length(data) < 20").problems
    assert [problem.code for problem in lost] == ["JOURNAL_CORRUPT"]


def test_every_flipped_bit_of_what_is_stored_is_found(store: SqliteStore, tmp_path: Path) -> None:
    chance = random.Random("flips")
    for table, column, key in (
        ("journal", "body", "position"),
        ("journal", "hash", "position"),
        ("blobs", "data", "rowid"),
    ):
        for _ in range(100):
            database = apsw.Connection(str(store.file))
            cells: list[tuple[Any, ...]] = database.execute(f"SELECT {key}, {column} FROM {table}").fetchall()
            id, data = chance.choice(cells)
            damaged = bytearray(data)
            damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (bytes(damaged), id)).fetchall()
            assert store.check().problems, (table, column, id)
            database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (data, id)).fetchall()
            database.close()
    assert store.check().problems == []


def test_checking_sees_one_moment_while_a_host_writes(tmp_path: Path) -> None:
    owner, journal = Owner(), Journal("a")
    store = SqliteStore.open(tmp_path, hand_back=owner.hand_back)
    owner.write(store, *journal.several(5))
    reader = SqliteStore.open(tmp_path, hand_back=owner.hand_back, write=False)
    owner.write(store, *journal.several(5))
    assert (reader.check().records, reader.check().problems) == (10, [])
    reader.close()
    store.close()
