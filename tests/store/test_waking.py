"""What a host must wake, page by page, held by each store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from statewright.kernel.state import ENDED
from statewright.store.contract import IndexRow, Store
from statewright.store.forgetting import Which
from tests.store.journals import Journal, Owner, open_store


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, owner: Owner) -> Iterator[Store]:
    opened = open_store(request.param, tmp_path / "data", owner)
    yield opened
    opened.close()


def pages(store: Store, now: int = 0) -> list[list[str]]:
    found: list[list[str]] = []
    row: IndexRow | None = None
    while page := store.due(now, after=row, limit=2) if now else store.owing(after=row, limit=2):
        found.append([one.run for one in page])
        row = page[-1]
    return found


def test_runs_that_owe_come_in_the_order_of_their_starts(store: Store, owner: Owner) -> None:
    for run, owes in [("e", 1), ("b", 0), ("a", 2), ("d", 1), ("c", 1)]:
        owner.write(store, Journal(run, tenant="x" if run == "a" else "acme").next(owes=owes))
    assert pages(store) == [["e", "a"], ["d", "c"]]


def test_due_runs_come_in_the_order_of_their_timers(store: Store, owner: Owner) -> None:
    """I-07."""
    for run, due in [("a", 7), ("b", 3), ("c", 7), ("d", 7), ("e", 9), ("f", 1), ("g", 0), ("h", 8)]:
        owner.write(store, Journal(run).next(next_due=due, owes=1))
    assert pages(store, 8) == [["f", "b"], ["a", "c"], ["d", "h"]]


def test_a_page_goes_on_behind_a_run_that_has_changed_meanwhile(store: Store, owner: Owner) -> None:
    journals = {run: Journal(run) for run in "abcd"}
    for run, journal in journals.items():
        owner.write(store, journal.next(owes=1, next_due=5), Journal(f"{run}-idle").next())
    page, due = store.owing(limit=2), store.due(5, limit=2)
    owner.write(store, journals["b"].next(owes=0, next_due=0))
    assert [row.run for row in store.owing(after=page[-1], limit=9)] == ["c", "d"]
    assert [row.run for row in store.due(5, after=due[-1], limit=9)] == ["c", "d"]


def test_the_next_timer_is_the_first_one_behind_a_time(store: Store, owner: Owner) -> None:
    for run, due in [("a", 7), ("b", 3), ("c", 0)]:
        owner.write(store, Journal(run).next(next_due=due))
    assert [store.next_due(after) for after in (0, 3, 6, 7)] == [3, 7, 7, 0]


def test_ended_runs_are_not_woken(store: Store, owner: Owner) -> None:
    owner.write(store, Journal().next(status="done", owes=1, next_due=1))
    assert (store.owing(limit=9), store.due(9, limit=9)) == ([], [])


@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_ended_run_is_never_woken_whatever_it_left_behind(store: Store, owner: Owner, status: str) -> None:
    owner.write(store, Journal().next(status=status, owes=1, next_due=1))
    assert (store.owing(limit=9), store.due(9, limit=9), store.next_due()) == ([], [], 0)


def test_a_run_that_no_longer_owes_is_not_woken(store: Store, owner: Owner) -> None:
    journal = Journal()
    owner.write(store, journal.next(owes=1), journal.next(next_due=3), journal.next(owes=0))
    assert (store.owing(limit=9), [row.run for row in store.due(3, limit=9)]) == ([], ["run-1"])
    owner.write(store, journal.next(next_due=0))
    assert (store.due(3, limit=9), store.next_due()) == ([], 0)


def running(store: Store, limit: int = 2, before: int = 0) -> list[list[str]]:
    """Returns the pages of runs that are running."""
    found: list[list[str]] = []
    while not found or before:
        page = store.running("acme", before=before, limit=limit)
        found.append([row.run for row in page.rows])
        before = page.end
    return found


def test_running_runs_of_a_tenant_come_in_pages_those_that_began_last_first(store: Store, owner: Owner) -> None:
    """R14: a signal is told to each of them."""
    for run, status in [("a", "running"), ("b", "done"), ("c", "running"), ("d", "cancelling"), ("e", "running")]:
        owner.write(store, Journal(run).next(status=status), Journal(run, tenant="other").next())
    assert running(store) == [["e", "c"], ["a"]]
    assert running(store, limit=3) == [["e", "c", "a"], []]


def test_a_run_leaves_the_pages_as_it_ends_and_comes_to_them_as_it_runs(store: Store, owner: Owner) -> None:
    journals = {run: Journal(run) for run in "abc"}
    owner.write(store, *(journal.next(status="new") for journal in journals.values()))
    assert running(store) == [[]]
    owner.write(store, *(journal.next(status="running") for journal in journals.values()))
    owner.write(store, journals["b"].next(status="failed"))
    assert running(store, limit=9) == [["c", "a"]]


def test_what_begins_while_pages_are_turned_is_on_none_of_them(store: Store, owner: Owner) -> None:
    for run in "abcd":
        owner.write(store, Journal(run).next())
    first = store.running("acme", limit=2)
    owner.write(store, Journal("e").next())
    assert running(store, before=first.end) == [["b", "a"], []]


def test_a_page_goes_on_where_its_last_run_was_forgotten_meanwhile(store: Store, owner: Owner) -> None:
    journals = {run: Journal(run) for run in "abcd"}
    owner.write(store, *(journal.next() for journal in journals.values()))
    first = store.running("acme", limit=2)
    owner.write(store, journals["c"].next(status="done"))
    gone: list[object] = []
    store.forget(Which("acme", 10**15), gone.append)
    while not gone:
        owner.call_next()
    assert running(store, before=first.end) == [["b", "a"], []]
