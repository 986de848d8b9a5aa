"""The feed: whoever follows is told of every committed record once and in order, or why not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from statewright.errors import StatewrightError
from statewright.store import feed as feeds
from statewright.store.contract import Store
from statewright.store.feed import Feed, Subscription, Told
from statewright.store.forgetting import Pruned, Which
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Owner, open_store


class Following:
    """A store with its feed, as a host wires them: what is committed is told."""

    def __init__(self, store: Store, owner: Owner) -> None:
        self.store, self.owner = store, owner
        self.feed = Feed(store, owner.hand_back)
        self.journals: dict[str, Journal] = {}

    def write(self, *runs: str, tenant: str = "acme", **index: object) -> None:
        """Commits a record of each run."""
        for run in runs:
            journal = self.journals.setdefault(run, Journal(run, tenant))
            assert self.owner.write(self.store, journal.next(**index)) == [None]  # type: ignore[arg-type]
            self.feed.told(tenant, run)

    def forget(self) -> Pruned:
        """Forgets what has ended."""
        gone: list[Pruned | Exception] = []
        self.store.forget(Which("acme", 10**15), gone.append)
        while not gone:
            self.owner.call_next()
        (pruned,) = gone
        assert isinstance(pruned, Pruned)
        return pruned


@pytest.fixture(params=["memory", "sqlite"])
def following(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Following]:
    owner = Owner()
    store = open_store(request.param, tmp_path, owner)
    yield Following(store, owner)
    store.close()


def nobody() -> None:
    """Is woken and does nothing about it."""


def names(told: list[Told]) -> list[tuple[str, int]]:
    return [(one.run, one.record.seq) for one in told]


def code_of(subscription: Subscription) -> str:
    with pytest.raises(StatewrightError) as dropped:
        subscription.read()
    assert dropped.value.hint
    return dropped.value.code


def test_a_run_is_followed_from_its_first_record(following: Following) -> None:
    following.write("a", "b", "a")
    subscription = following.feed.follow("acme", nobody, run="a")
    told = subscription.read()
    assert names(told) == [("a", 1), ("a", 2)]
    assert [one.record for one in told] == list(following.store.read("acme", "a"))
    following.write("b", "a")
    assert names(subscription.read()) == [("a", 3)]
    assert subscription.cursor == "3"
    assert names(following.feed.follow("acme", nobody, run="a", after="2").read()) == [("a", 3)]


def test_all_runs_are_followed_in_the_order_of_their_commits(following: Following) -> None:
    following.write("a", "b", "a")
    following.write("x", tenant="other")
    following.write("c")
    subscription = following.feed.follow("acme", nobody)
    told = subscription.read()
    assert names(told) == [("a", 1), ("b", 1), ("a", 2), ("c", 1)]
    after = following.feed.follow("acme", nobody, after=told[1].cursor)
    assert names(after.read()) == [("a", 2), ("c", 1)]
    assert names(following.feed.follow("other", nobody).read()) == [("x", 1)]


def test_whoever_follows_what_is_new_is_told_nothing_else(following: Following) -> None:
    following.write("a", "b")
    subscription = following.feed.follow("acme", nobody, after=following.feed.latest())
    assert subscription.read() == []
    following.write("a")
    assert names(subscription.read()) == [("a", 2)]


def test_a_subscriber_is_woken_once_until_it_has_read_everything(following: Following) -> None:
    following.write("a")
    woken: list[str] = []
    subscription = following.feed.follow("acme", lambda: woken.append("all"))
    following.feed.follow("acme", lambda: woken.append("b"), run="a")
    following.owner.call_next()
    following.owner.call_next()
    assert woken == ["all", "b"]
    following.write("a", "c")
    assert woken == ["all", "b"]
    assert len(subscription.read(limit=3)) == 3
    # There may be more than was read: whoever reads a whole page reads again.
    following.write("c")
    assert names(subscription.read()) == [("c", 2)]
    following.write("c")
    following.owner.call_next()
    assert woken == ["all", "b", "all"]


def test_what_others_write_holds_nobody_up(following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-39: a look at so much, then it is somebody else's turn."""
    monkeypatch.setattr(feeds, "WINDOWS_MAX", 2)
    following.write("x", "x", "x", "x", "x", tenant="other")
    following.write("a")
    woken: list[str] = []
    subscription = following.feed.follow("acme", lambda: woken.append("again"))
    told: list[Told] = []
    while not told:
        following.owner.call_next()
        told = subscription.read(limit=1)
    assert (names(told), woken) == ([("a", 1)], ["again"] * 3)


def test_whoever_has_left_is_not_woken(following: Following) -> None:
    following.write("a")
    woken: list[str] = []
    subscription = following.feed.follow("acme", lambda: woken.append("too late"))
    subscription.close()
    subscription.close()
    following.owner.call_next()
    following.write("a")
    assert woken == []


@pytest.mark.parametrize("seed", range(5))
def test_resuming_at_random_tells_everything_once(following: Following, seed: int) -> None:
    """I-40: no gap and nothing twice, wherever a subscriber leaves and comes back."""
    chance = random.Random(seed)
    told: list[Told] = []
    of_a: list[Told] = []
    cursor = of_a_cursor = ""
    for _ in range(60):
        following.write(*chance.choices("abc", k=chance.randint(1, 4)))
        if of_a_cursor or "a" in following.journals:
            one = following.feed.follow("acme", nobody, run="a", after=of_a_cursor)
            of_a += one.read(limit=chance.randint(1, 5))
            of_a_cursor = one.cursor
            one.close()
        every = following.feed.follow("acme", nobody, after=cursor)
        told += every.read(limit=chance.randint(1, 9))
        cursor = every.cursor
        every.close()
    told += following.feed.follow("acme", nobody, after=cursor).read(limit=10_000)
    of_a += following.feed.follow("acme", nobody, run="a", after=of_a_cursor).read(limit=10_000)
    for run in "abc":
        kept = list(following.store.read("acme", run))
        assert [one.record for one in told if one.run == run] == kept
        assert run != "a" or [one.record for one in of_a] == kept


def test_a_subscriber_that_does_not_read_is_dropped_and_may_come_back(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-39: it costs no memory, and others go on."""
    monkeypatch.setattr(feeds, "UNREAD_MAX", 3)
    following.write("a")
    slow, quick = following.feed.follow("acme", nobody), following.feed.follow("acme", nobody, run="a")
    assert len(slow.read()) == 1
    for _ in range(4):
        following.write("a")
        quick.read()
    assert code_of(slow) == code_of(slow) == "SLOW_CONSUMER"
    assert names(following.feed.follow("acme", nobody, after=slow.cursor).read()) == [("a", seq) for seq in range(2, 6)]


def test_there_is_no_room_for_one_subscriber_too_many(following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "SUBSCRIBERS_MAX", 1)
    first = following.feed.follow("acme", nobody)
    with pytest.raises(StatewrightError, match="OVERLOADED"):
        following.feed.follow("acme", nobody)
    first.close()
    following.feed.follow("acme", nobody)


def test_a_cursor_before_what_was_forgotten_has_expired(following: Following) -> None:
    following.write("a", "b")
    told = following.feed.follow("acme", nobody).read()
    at_b = told[1].cursor
    following.write("a", status="done")
    behind, after = following.feed.follow("acme", nobody, after=at_b), following.feed.latest()
    of_a = following.feed.follow("acme", nobody, run="a", after="1")
    following.write("b")
    assert following.forget().runs == 1
    assert (code_of(behind), code_of(of_a)) == ("CURSOR_EXPIRED", "CURSOR_EXPIRED")
    # Nothing behind this one is gone, though the record that it names is.
    assert names(following.feed.follow("acme", nobody, after=after).read()) == [("b", 2)]
    for cursor, run in ((at_b, ""), ("1", "a")):
        with pytest.raises(StatewrightError, match="CURSOR_EXPIRED"):
            following.feed.follow("acme", nobody, run=run, after=cursor)
    # Whoever begins at the beginning begins with what there is.
    assert names(following.feed.follow("acme", nobody).read()) == [("b", 1), ("b", 2)]


def test_positions_are_never_given_again(tmp_path: Path) -> None:
    owner = Owner()
    first = Following(SqliteStore.open(tmp_path, hand_back=owner.hand_back), owner)
    first.write("a")
    first.write("a", status="done")
    latest = first.feed.latest()
    first.forget()
    first.store.close()
    again = Following(SqliteStore.open(tmp_path, hand_back=owner.hand_back), owner)
    again.write("b")
    assert names(again.feed.follow("acme", nobody, after=latest).read()) == [("b", 1)]
    again.store.close()


def test_a_cursor_of_another_folder_is_none_here(following: Following, tmp_path: Path) -> None:
    following.write("a", "b")
    owner = Owner()
    elsewhere = Following(SqliteStore.open(tmp_path / "other", hand_back=owner.hand_back), owner)
    elsewhere.write("c", "d", "e")
    foreign = elsewhere.feed.latest()
    elsewhere.store.close()
    for cursor in (foreign, "2-00000000"):
        with pytest.raises(StatewrightError, match="CURSOR_EXPIRED"):
            following.feed.follow("acme", nobody, after=cursor)


@pytest.mark.parametrize(
    ("run", "cursor", "code"),
    [
        ("", "x", "CURSOR_INVALID"),
        ("", "1", "CURSOR_INVALID"),
        ("", "-1-00000000", "CURSOR_INVALID"),
        ("a", "1-00000000", "CURSOR_INVALID"),
        ("a", "٣", "CURSOR_INVALID"),
        ("a", "9" * 30, "CURSOR_INVALID"),
        ("a", "2", "CURSOR_EXPIRED"),
        ("nobody", "", "RUN_UNKNOWN"),
        ("nobody", "3", "CURSOR_EXPIRED"),
    ],
)
def test_what_is_no_cursor_here_is_refused(following: Following, run: str, cursor: str, code: str) -> None:
    following.write("a")
    with pytest.raises(StatewrightError) as refused:
        following.feed.follow("acme", nobody, run=run, after=cursor)
    assert refused.value.code == code


def test_a_look_may_leave_those_alone_who_follow_one_run(following: Following) -> None:
    following.write("a")
    woken: list[str] = []
    one = following.feed.follow("acme", lambda: woken.append("one"), run="a")
    every = following.feed.follow("acme", lambda: woken.append("every"))
    following.owner.call_next()
    following.owner.call_next()
    assert (names(one.read()), names(every.read())) == ([("a", 1)], [("a", 1)])
    assert following.owner.write(following.store, following.journals["a"].next()) == [None]
    woken.clear()
    assert following.feed.look(all_runs_only=True)
    following.owner.call_next()
    assert woken == ["every"]


def test_another_process_finds_out_by_looking(tmp_path: Path) -> None:
    owner = Owner()
    writing = Following(SqliteStore.open(tmp_path, hand_back=owner.hand_back), owner)
    writing.write("a")
    reading = SqliteStore.open(tmp_path, hand_back=owner.hand_back, write=False)
    feed = Feed(reading, lambda call: call())
    woken: list[str] = []
    subscription = feed.follow("acme", lambda: woken.append("woken"))
    assert names(subscription.read()) == [("a", 1)]
    assert not feed.look()
    writing.write("b")
    assert (feed.look(), feed.look()) == (True, False)
    assert woken == ["woken", "woken"]
    assert names(subscription.read()) == [("b", 1)]
    reading.close()
    writing.store.close()
