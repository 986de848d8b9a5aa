"""The contract of stores, held by each of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from statewright.store.contract import Append, PositionTaken, Store
from statewright.store.forgetting import Pruned, Which
from statewright.store.remembering import Conversation, Remembered, Room, Said
from statewright.store.snapshots import Chunk, Snapshot
from tests.store.journals import Journal, Outcome, Owner, open_store, put, said


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, owner: Owner) -> Iterator[Store]:
    opened = open_store(request.param, tmp_path / "data", owner)
    yield opened
    opened.close()


def texts(store: Store, key: str, *, tenant: str = "acme", now: int = 5_000, limit: int = 1_000) -> list[str]:
    conversation = store.converse(tenant, "chat", key, now=now, limit=limit)
    return [message["content"] for message in conversation.messages]


def held(store: Store, key: str) -> Conversation:
    return store.converse("acme", "chat", key, now=0, limit=0)


def test_records_come_back_as_they_were_written_and_in_order(store: Store, owner: Owner) -> None:
    entries = Journal().several(600)
    assert owner.write(store, *entries) == [None] * 600
    assert list(store.read("acme", "run-1")) == [entry.record for entry in entries]


def test_reading_begins_after_the_given_sequence(store: Store, owner: Owner) -> None:
    entries = Journal().several(5)
    owner.write(store, *entries)
    assert [record.seq for record in store.read("acme", "run-1", after=3)] == [4, 5]
    assert list(store.read("acme", "run-1", after=5)) == []


def test_an_unknown_run_has_no_records_and_no_index_row(store: Store) -> None:
    assert list(store.read("acme", "nobody")) == []
    assert store.index("acme", "nobody") is None


def test_the_index_row_is_that_of_the_last_record(store: Store, owner: Owner) -> None:
    journal = Journal()
    first = journal.next(owes=1)
    last = journal.next(
        workflow="greet-again", program="q" * 64, status="failed", owes=2, next_due=9_000, simulated=True, error="X"
    )
    owner.write(store, first)
    assert store.index("acme", "run-1") == first.index
    owner.write(store, last)
    assert store.index("acme", "run-1") == last.index


@pytest.mark.parametrize("position", [1, 2, 4])
def test_a_record_that_does_not_follow_the_last_one_is_refused(store: Store, owner: Owner, position: int) -> None:
    journal = Journal()
    owner.write(store, *journal.several(2))
    wrong = journal.next()
    wrong = msgspec.structs.replace(wrong, record=msgspec.structs.replace(wrong.record, seq=position))
    (outcome,) = owner.write(store, wrong)
    assert isinstance(outcome, PositionTaken)
    assert [record.seq for record in store.read("acme", "run-1")] == [1, 2]


def test_a_run_begins_with_record_one(store: Store, owner: Owner) -> None:
    journal = Journal()
    journal.next()
    (outcome,) = owner.write(store, journal.next())
    assert isinstance(outcome, PositionTaken)
    assert store.index("acme", "run-1") is None


def test_a_refused_append_does_not_hurt_those_around_it(store: Store, owner: Owner) -> None:
    one, two = Journal("one"), Journal("two")
    owner.write(store, one.next(), two.next())
    two.next()
    outcomes = owner.write(store, one.next(), two.next(), one.next())
    assert [type(outcome) for outcome in outcomes] == [type(None), PositionTaken, type(None)]
    assert [len(list(store.read("acme", run))) for run in ("one", "two")] == [3, 1]


def test_acknowledgements_come_in_the_order_of_the_writes_and_never_inside_the_call(store: Store, owner: Owner) -> None:
    outcomes: dict[int, Outcome] = {}
    journal = Journal()
    entries: list[Append | Said] = [*journal.several(3), said("k", "e1", "hello"), journal.next()]
    for number, entry in enumerate(entries):
        put(store, entry, partial(outcomes.__setitem__, number))
    assert outcomes == {}
    while len(outcomes) < 5:
        owner.call_next()
    assert list(outcomes) == [0, 1, 2, 3, 4]


def test_a_run_belongs_to_its_tenant(store: Store, owner: Owner) -> None:
    mine, yours = Journal("run-1", "acme"), Journal("run-1", "other")
    owner.write(store, mine.next(), yours.next(), yours.next())
    assert len(list(store.read("acme", "run-1"))) == 1
    assert [row.tenant for row in store.runs("acme")] == ["acme"]
    assert list(store.read("third", "run-1")) == []


def test_runs_are_listed_newest_first_and_can_be_narrowed(store: Store, owner: Owner) -> None:
    for run, started, workflow, status in [
        ("a", 3_000, "greet", "done"),
        ("b", 1_000, "greet", "failed"),
        ("c", 2_000, "count", "done"),
        ("d", 2_000, "count", "running"),
    ]:
        owner.write(store, Journal(run, workflow=workflow).next(started_at=started, status=status))
    assert [row.run for row in store.runs("acme")] == ["a", "d", "c", "b"]
    assert [row.run for row in store.runs("acme", limit=2)] == ["a", "d"]
    assert [row.run for row in store.runs("acme", workflow="greet")] == ["a", "b"]
    assert [row.run for row in store.runs("acme", status="done")] == ["a", "c"]
    assert store.runs("acme", workflow="count", status="failed") == []


def test_blobs_and_the_definition_are_kept_with_the_record(store: Store, owner: Owner) -> None:
    entry = Journal().next()
    entry = msgspec.structs.replace(entry, blobs=(("b1", b"large"), ("b2", b"")), definition=("d", b"text"))
    owner.write(store, entry, msgspec.structs.replace(Journal("run-2").next(), blobs=(("b1", b"large"),)))
    assert (store.blob("b1"), store.blob("b2"), store.blob("b3")) == (b"large", b"", None)
    assert (store.definition("d"), store.definition("b1")) == (b"text", None)


def test_a_refused_record_leaves_nothing_of_what_came_with_it(store: Store, owner: Owner) -> None:
    journal = Journal()
    journal.next()
    owner.write(store, msgspec.structs.replace(journal.next(), blobs=(("b", b"x"),), definition=("d", b"y")))
    assert (store.blob("b"), store.definition("d")) == (None, None)


def test_a_conversation_is_read_oldest_first(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one", "two"), said("other", "e2", "x"), said("k", "e3", "three"))
    assert texts(store, "k") == ["one", "two", "three"]
    assert texts(store, "nobody") == []
    assert texts(store, "k", tenant="other") == []


def test_the_same_effect_speaks_once(store: Store, owner: Owner) -> None:
    assert owner.write(store, said("k", "e1", "one"), said("k", "e1", "one")) == [None, None]
    owner.write(store, said("k", "e1", "one"), said("k", "e1", "one", tenant="other"))
    assert texts(store, "k") == ["one"]
    assert texts(store, "k", tenant="other") == ["one"]


def test_a_limit_keeps_the_newest_messages(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one", "two"), said("k", "e2", "three"))
    assert texts(store, "k", limit=2) == ["two", "three"]
    assert texts(store, "k", limit=0) == []
    assert held(store, "k").count == 3


def test_an_expired_conversation_is_not_read_and_begins_anew(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "old", expires=2_000), said("ever", "e2", "kept"))
    assert texts(store, "k", now=1_999) == ["old"]
    assert texts(store, "k", now=2_000) == []
    owner.write(store, said("k", "e3", "new", at=2_000, expires=3_000))
    assert texts(store, "k", now=2_999) == ["new"]
    assert texts(store, "ever", now=2_999) == ["kept"]


def test_what_is_said_puts_the_end_off_and_what_is_done_leaves_it(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one", expires=2_000), said("k", "e2", "two", expires=3_000))
    assert held(store, "k").expires == 3_000
    owner.write(store, said("k", "e3"))
    assert held(store, "k").expires == 3_000
    owner.write(store, said("k", "e4", "three", expires=9_000, extends=2_500))
    assert held(store, "k").expires == 3_000
    owner.write(store, said("k", "e5", extends=3_500))
    assert held(store, "k").expires == 3_500


def test_a_conversation_that_never_ends_is_given_no_end_by_an_extension(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one"), said("k", "e2", extends=3_000))
    assert held(store, "k").expires == 0


def test_replacing_takes_away_what_was_there_in_the_same_step(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one", "two"), said("k", "e2", "three", clears=True))
    assert texts(store, "k") == ["three"]
    assert store.remembered("acme", "e2") == Remembered(before=2, count=1, tokens=0)


def test_clearing_leaves_nothing_or_puts_it_aside(store: Store, owner: Owner) -> None:
    owner.write(store, said("k", "e1", "one"), said("k", "e2", clears=True, aside="k@backup"))
    assert (texts(store, "k"), texts(store, "k@backup")) == ([], ["one"])
    owner.write(store, said("k", "e3", "two"), said("k", "e4", clears=True, aside="k@backup"))
    assert (texts(store, "k"), texts(store, "k@backup")) == ([], ["two"])
    owner.write(store, said("k@backup", "e5", clears=True), said("nobody", "e6", clears=True))
    assert texts(store, "k@backup") == []
    assert [store.remembered("acme", effect) for effect in ("e5", "e6")] == [Remembered(before=1), Remembered()]


def test_past_its_room_a_conversation_loses_its_oldest_messages(store: Store, owner: Owner) -> None:
    few: dict[str, Any] = {"full": Room(messages=3), "keep": Room(messages=2)}
    owner.write(store, said("k", "e1", "one", "two", "three", **few))
    assert held(store, "k").flushed_at == 0
    owner.write(store, said("k", "e2", "four", at=1_500, **few))
    assert texts(store, "k") == ["three", "four"]
    assert store.remembered("acme", "e2") == Remembered(before=3, dropped=2, count=2)
    assert held(store, "k").flushed_at == 1_500


def test_room_is_counted_in_tokens_too(store: Store, owner: Owner) -> None:
    room: dict[str, Any] = {"full": Room(tokens=10), "keep": Room(tokens=10)}
    owner.write(store, said("k", "e1", "a", "b", tokens=(6, 4)), said("k", "e2", "c", tokens=(5,), **room))
    assert texts(store, "k") == ["b", "c"]
    assert (held(store, "k").count, held(store, "k").tokens) == (2, 9)
    owner.write(store, said("k", "e3", "d", tokens=(11,), **room))
    assert (texts(store, "k"), store.remembered("acme", "e3")) == ([], Remembered(before=2, dropped=3))


def test_a_change_that_comes_again_changes_nothing_and_came_to_the_same(store: Store, owner: Owner) -> None:
    """R35: the effect id is recorded with the change."""
    clearing = said("k", "e2", clears=True)
    owner.write(store, said("k", "e1", "one"), clearing, said("k", "e3", "two"), clearing, said("k", "e1", "one"))
    assert texts(store, "k") == ["two"]
    assert store.remembered("acme", "e2") == Remembered(before=1)
    assert store.remembered("other", "e2") is None


def test_messages_are_remembered_as_they_were_when_said(store: Store, owner: Owner) -> None:
    message = {"role": "user", "content": "before", "$ref": "not one of ours", "nested": {"$x": [1, 2.5, None]}}
    words = msgspec.structs.replace(said("k", "e1"), messages=(message,))
    outcome: list[Exception | None] = []
    store.remember(words, outcome.append)
    message["content"] = "after"
    owner.call_next()
    assert outcome == [None]
    (read,) = store.converse("acme", "chat", "k", now=0).messages
    assert read == {**message, "content": "before"}


def forgotten(store: Store, owner: Owner, which: Which) -> Pruned | Exception:
    gone: list[Pruned | Exception] = []
    store.forget(which, gone.append)
    while not gone:
        owner.call_next()
    return gone[0]


def test_ended_runs_are_forgotten_and_open_ones_are_not(store: Store, owner: Owner) -> None:
    for run, tenant, status in [
        ("done", "acme", "done"), ("failed", "acme", "failed"), ("open", "acme", "running"), ("done", "other", "done"),
        ("open-2-1", "acme", "done"),
    ]:  # fmt: skip
        owner.write(store, *Journal(run, tenant).several(2), _third(run, tenant, status))
    assert forgotten(store, owner, Which("acme", 1_003)) == Pruned(kept=0)
    assert forgotten(store, owner, Which("acme", 10_000, "failed")) == Pruned(runs=1, records=3)
    # An open run may still ask what it has started; a tenant that is not named is any.
    assert forgotten(store, owner, Which("", 10_000)) == Pruned(runs=2, records=6, kept=1)
    assert [row.run for row in store.runs("acme")] == ["open-2-1", "open"]
    assert list(store.read("acme", "done")) == []
    assert store.index("other", "done") is None
    assert store.forgotten() > 0


def _third(run: str, tenant: str, status: str) -> Append:
    journal = Journal(run, tenant)
    journal.several(2)
    return journal.next(status=status)


def test_a_snapshot_is_kept_in_place_of_the_last_one(store: Store, owner: Owner) -> None:
    owner.write(store, *Journal().several(2))
    shared = Chunk("acme", "run-1", "d1", b"[1]")
    for seq, chunks in ((1, [shared, Chunk("acme", "run-1", "d2", b"[2]")]), (2, [shared])):
        made = Snapshot(
            tenant="acme", run="run-1", seq=seq, hash=b"h", program="p", logic=1, codec=1, data=b"{}",
            chunks=tuple(chunk.digest for chunk in chunks), seal=b"s",
        )  # fmt: skip
        over: list[Exception | None] = []
        store.keep(partial(iter, [*chunks, made]), over.append)
        while not over:
            owner.call_next()
        assert (over, store.snapshot("acme", "run-1")) == ([None], made)
    assert [store.chunk("acme", "run-1", digest) for digest in ("d1", "d2")] == [b"[1]", None]
    assert store.snapshot("acme", "nobody") is None
    assert store.snapshot("other", "run-1") is None


def test_the_tail_holds_a_tenants_records_in_the_order_of_their_commits(store: Store, owner: Owner) -> None:
    one, two, foreign = Journal("one"), Journal("two"), Journal("one", "other")
    first, second, third, fourth = one.next(), foreign.next(), two.next(), one.next()
    before = store.version()
    owner.write(store, first, second, third, fourth)
    assert store.version() != before
    page = store.tail("acme", 0, 3)
    assert [(placed.run, placed.record) for placed in page.records] == [("one", first.record), ("two", third.record)]
    rest = store.tail("acme", page.end, 3)
    assert [placed.record for placed in rest.records] == [fourth.record]
    assert store.tail("acme", rest.end, 3).records == []
    assert store.end() == (rest.end, fourth.record.hash)
    assert (store.hash_at(page.end), store.hash_at(99)) == (third.record.hash, None)


def test_a_closed_store_refuses_what_comes_later(tmp_path: Path, store: Store, owner: Owner) -> None:
    journal = Journal()
    owner.write(store, journal.next())
    store.close()
    store.close()
    gone = forgotten(store, owner, Which("acme", 1))
    assert getattr(gone, "code", None) == "STORE_CLOSED"
    outcomes = owner.write(store, journal.next(), said("k", "e", "x"))
    assert [getattr(outcome, "code", None) for outcome in outcomes] == ["STORE_CLOSED", "STORE_CLOSED"]
