"""The feed: what was committed, told to whoever follows it, in the order of the commits and without a gap (I-40).

Nothing is queued for a subscriber. It is woken once and reads the journal itself, from its own cursor, so a slow one
costs no memory and delays nobody (I-39). Nobody here knows what a record says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from statewright.errors import EXIT_CONFLICT, EXIT_LIMIT, EXIT_NOT_FOUND, EXIT_USAGE, StatewrightError
from statewright.kernel.journal import Record
from statewright.store.contract import HandBack, Store

# Records given at once: a page of some 100 KB that a subscriber works on before others have their turn.
PAGE = 256
# A subscriber that was woken and has let so many records come without reading is not going to keep up.
UNREAD_MAX = 10_000
# With what every subscription costs, 10,000 of them stay far below the 400 MB of I-39.
SUBSCRIBERS_MAX = 10_000
# Stretches of the journal that one reading looks at where they hold other tenants' records only: some milliseconds.
WINDOWS_MAX = 16
# How many letters of a record's hash stand in a cursor: enough to know that it is another folder's.
_MARK = 8


class Told(msgspec.Struct, frozen=True, gc=False):
    """A committed record. Whoever resumes with `cursor` is told of what follows it, once."""

    cursor: str
    run: str
    record: Record


class Feed:
    """Wakes subscribers. All methods belong to the thread that owns the store.

    `soon` calls something a moment later in that thread, as `call_soon` does. In the process that writes, `told` is
    called after each commit; in another one `look` is called now and then.
    """

    def __init__(self, store: Store, soon: HandBack) -> None:
        self._store = store
        self._soon = soon
        self._subscriptions: dict[tuple[str, str], dict[Subscription, None]] = {}
        self._count = 0
        self._version = store.version()

    def follow(self, tenant: str, wake: Callable[[], None], *, run: str = "", after: str = "") -> Subscription:
        """Follows a run, or all runs of a tenant. `wake` is called once whenever there is more than was read.

        For a run the cursor is the sequence of its last record that was seen; for all runs it is what `Told` gave.
        An empty one begins with the oldest record that is kept. Raises `RUN_UNKNOWN`, `CURSOR_EXPIRED`,
        `CURSOR_INVALID` or `OVERLOADED`.
        """
        if self._count >= SUBSCRIBERS_MAX:
            text = f"{SUBSCRIBERS_MAX} subscribers follow already"
            raise StatewrightError("OVERLOADED", text, hint="try again in a moment", exit_code=EXIT_LIMIT)
        source = _OfRun(self._store, tenant, run, after) if run else _OfAll(self._store, tenant, after)
        subscription = Subscription(source, wake, self._soon, partial(self._leave, (tenant, run)))
        self._subscriptions.setdefault((tenant, run), {})[subscription] = None
        self._count += 1
        self._stir(subscription, 0)
        return subscription

    def latest(self) -> str:
        """Returns the cursor behind everything that is committed now: with it, only what is new is told."""
        return _written(*self._store.end())

    def told(self, tenant: str, run: str) -> None:
        """Says that a record of a run was committed."""
        if not self._count:
            return
        for key in ((tenant, run), (tenant, "")):
            for subscription in self._subscriptions.get(key, ()):
                self._stir(subscription, 1)

    def look(self, *, all_runs_only: bool = False) -> bool:
        """Looks whether anybody, in any process, has committed something, and wakes everybody if so.

        With `all_runs_only` it leaves those alone who follow one run: where `told` is called, they miss nothing.
        """
        version = self._store.version()
        if version == self._version:
            return False
        self._version = version
        for (_, run), subscriptions in self._subscriptions.items():
            if run and all_runs_only:
                continue
            for subscription in subscriptions:
                self._stir(subscription, 0)
        return True

    def _stir(self, subscription: Subscription, records: int) -> None:
        if subscription.stirred(records):
            self._soon(subscription.wake)

    def _leave(self, key: tuple[str, str], subscription: Subscription) -> None:
        self._count -= 1
        del self._subscriptions[key][subscription]
        if not self._subscriptions[key]:
            del self._subscriptions[key]


class Subscription:
    """One subscriber's place in the feed. It is told nothing twice; what it was told first comes first."""

    def __init__(
        self,
        source: _OfRun | _OfAll,
        wake: Callable[[], None],
        soon: HandBack,
        leave: Callable[[Subscription], None],
    ) -> None:
        self._source = source
        self._wake = wake
        self._soon = soon
        self._leave = leave
        self._is_woken = False
        self._unread = 0
        self._dropped: StatewrightError | None = None
        self._is_closed = False

    @property
    def cursor(self) -> str:
        """Where to go on after everything that was read."""
        return self._source.cursor

    def read(self, limit: int = PAGE) -> list[Told]:
        """Returns what follows; where that is fewer than `limit`, `wake` is called for the next.

        Raises `SLOW_CONSUMER` or `CURSOR_EXPIRED` where the subscription has ended; what was read stays true.
        """
        if self._dropped is not None:
            raise self._dropped
        self._unread = 0
        try:
            found = self._source.read(limit)
        except StatewrightError as error:
            self._drop(error)
            raise
        self._is_woken = len(found) == limit or not self._source.is_at_end
        if len(found) < limit and self._is_woken:
            self._soon(self.wake)
        return found

    def close(self) -> None:
        """Ends it. Closing twice is closing once."""
        if not self._is_closed:
            self._is_closed = True
            self._leave(self)

    def wake(self) -> None:
        """Calls whoever follows, unless it has left meanwhile."""
        if not self._is_closed:
            self._wake()

    def stirred(self, records: int) -> bool:
        """Counts what came, and says whether the subscriber must be woken for it."""
        self._unread += records
        if self._unread > UNREAD_MAX and self._dropped is None:
            self._drop(_slow(self.cursor))
            return True
        was_woken, self._is_woken = self._is_woken, True
        return not was_woken

    def _drop(self, error: StatewrightError) -> None:
        self._dropped = error
        self._source.let_go()


class _OfRun:
    """The records of one run."""

    is_at_end = True  # whether a page that is not full is the last one

    def __init__(self, store: Store, tenant: str, run: str, after: str) -> None:
        self._store = store
        self._key = (tenant, run)
        self._last = _sequence(after)
        self._rest: Iterator[Record] | None = None
        row = store.index(tenant, run)
        if row is None and self._last:
            raise self._gone()
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", exit_code=EXIT_NOT_FOUND)
        if self._last > row.seq:
            raise _expired(f"run {run!r} has {row.seq} records, and the cursor stands behind record {self._last}")

    @property
    def cursor(self) -> str:
        return str(self._last) if self._last else ""

    def read(self, limit: int) -> list[Told]:
        found: list[Told] = []
        while len(found) < limit:
            is_fresh = self._rest is None
            # What came after this was asked for is asked for when it ends.
            self._rest = self._rest or self._store.read(*self._key, after=self._last)
            record = next(self._rest, None)
            if record is not None:
                self._take(record, found)
                continue
            self._rest = None
            if is_fresh:
                break
        if not found and self._store.index(*self._key) is None:
            raise self._gone()
        return found

    def let_go(self) -> None:
        """Keeps nothing in hand of what was not read."""
        self._rest = None

    def _take(self, record: Record, found: list[Told]) -> None:
        if record.seq != self._last + 1:
            raise self._gone()
        self._last = record.seq
        found.append(Told(str(record.seq), self._key[1], record))

    def _gone(self) -> StatewrightError:
        return _expired(f"run {self._key[1]!r} is not kept any more")


class _OfAll:
    """The records of all runs of a tenant, in the order of their commits (docs/adr/0009)."""

    def __init__(self, store: Store, tenant: str, after: str) -> None:
        self._store = store
        self._tenant = tenant
        self._position, mark = _position(after)
        # Whoever begins at the beginning misses nothing of what was forgotten before.
        self._forgotten = store.forgotten(tenant) if not after else self._position
        self.is_at_end = False
        if after:
            self._prove(mark)
        self.cursor = after

    def read(self, limit: int) -> list[Told]:
        found: list[Told] = []
        for _ in range(WINDOWS_MAX):
            page = self._store.tail(self._tenant, self._position, limit - len(found))
            if self._store.forgotten(self._tenant) > max(self._position, self._forgotten):
                raise _expired("records behind the cursor are not kept any more")
            self.is_at_end = page.end == self._position
            self._position = page.end
            found += [Told(_written(one.position, one.record.hash), one.run, one.record) for one in page.records]
            if self.is_at_end or len(found) == limit:
                break
        if found:
            self.cursor = found[-1].cursor
        return found

    def let_go(self) -> None:
        """Keeps nothing in hand of what was not read, as ever."""

    def _prove(self, mark: str) -> None:
        """The record that the cursor names is there, or was among the newest that are gone."""
        if self._store.forgotten(self._tenant) > self._position:
            raise _expired("records behind the cursor are not kept any more")
        hash = self._store.hash_at(self._position)
        is_gone = hash is None and self._position <= self._store.forgotten()
        if not is_gone and (hash is None or hash.hex()[:_MARK] != mark):
            raise _expired("it is another folder's, or the folder was restored since")


def _written(position: int, hash: bytes) -> str:
    return f"{position}-{hash.hex()[:_MARK]}" if position else ""


def _position(cursor: str) -> tuple[int, str]:
    position, _, mark = cursor.partition("-")
    if not cursor:
        return 0, ""
    if not (position.isascii() and position.isdecimal() and len(position) < 19 and len(mark) == _MARK):
        raise _invalid(cursor)
    return int(position), mark


def _sequence(cursor: str) -> int:
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise _invalid(cursor)
    return int(cursor or 0)


def _invalid(cursor: str) -> StatewrightError:
    return StatewrightError(
        "CURSOR_INVALID",
        f"{cursor[:40]!r} is no cursor of this feed",
        hint="use one that the feed has given, or none to begin at the beginning",
        exit_code=EXIT_USAGE,
    )


def _expired(problem: str) -> StatewrightError:
    return StatewrightError(
        "CURSOR_EXPIRED",
        f"the feed cannot go on from this cursor: {problem}",
        hint="read the present state, then follow without a cursor",
        exit_code=EXIT_CONFLICT,
    )


def _slow(cursor: str) -> StatewrightError:
    return StatewrightError(
        "SLOW_CONSUMER",
        f"more than {UNREAD_MAX} records came, and none was read",
        hint=f"nothing is lost: follow again after the cursor {cursor!r}",
        exit_code=EXIT_LIMIT,
    )
