"""Conversations as all stores keep them: what changes one, what came of that, and the rules for both.

Nothing here knows roles, redaction or how tokens are counted; that is settled before a change is asked for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

import msgspec

from statewright.kernel.values import Json

_Key = tuple[str, str, str]  # tenant, memory, key
# Stands for no limit; SQLite's integers hold it.
UNLIMITED = 2**62


class Room(msgspec.Struct, frozen=True, gc=False):
    """How much a conversation may hold."""

    messages: int = UNLIMITED
    tokens: int = UNLIMITED

    def holds(self, messages: int, tokens: int) -> bool:
        """Says whether so much fits."""
        return messages <= self.messages and tokens <= self.tokens


NO_LIMIT = Room()


class Said(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A change of one conversation, made once for `effect`.

    With `clears`, what was there goes first, or takes the place of what is under the key `aside`. Then the messages
    are said. A conversation that holds more than `full` loses its oldest messages until it fits `keep`. One that
    nothing is left of is gone. Times are ms; `expires` (0 for never) is set by what is said, `extends` only ever puts
    the end off.
    """

    tenant: str
    memory: str
    key: str
    effect: str
    at: int
    messages: tuple[dict[str, Json], ...] = ()
    tokens: tuple[int, ...] = ()  # of each message; 0 where nobody counted
    clears: bool = False
    aside: str = ""
    full: Room = NO_LIMIT
    keep: Room = NO_LIMIT
    expires: int = 0
    extends: int = 0


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """What a change came to: how many messages were there before, went to make room, and are there now."""

    before: int = 0
    dropped: int = 0
    count: int = 0
    tokens: int = 0


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """A conversation as read: its newest messages, oldest first; the figures are those of all of it."""

    messages: list[dict[str, Json]]
    count: int = 0
    tokens: int = 0
    flushed_at: int = 0  # when messages last went to make room, 0 for never
    expires: int = 0


class Held(msgspec.Struct):
    """A conversation's figures, as a store changes them."""

    count: int = 0
    tokens: int = 0
    flushed_at: int = 0
    expires: int = 0


def counted(said: Said) -> tuple[int, ...]:
    """Returns one number of tokens for each message."""
    return said.tokens or (0,) * len(said.messages)


def lasts(current: int, said: Said, *, new: bool) -> int:
    """Returns when the conversation expires after a change; one that never does is not given an end by an extension."""
    if new or (said.messages and not said.extends):
        return said.expires
    return max(current, said.extends) if current else 0


def excess(tokens: Iterable[int], said: Said, held: Held) -> tuple[int, int]:
    """Returns how many of the oldest messages go, and their tokens; `tokens` has each message's, oldest first."""
    number = weight = 0
    if said.full.holds(held.count, held.tokens):
        return number, weight
    for one in tokens:
        if said.keep.holds(held.count - number, held.tokens - weight):
            break
        number, weight = number + 1, weight + one
    return number, weight


class Conversations:
    """Conversations in dictionaries, for the store in memory."""

    def __init__(self) -> None:
        self._held: dict[_Key, Held] = {}
        self._said: dict[_Key, list[tuple[int, bytes]]] = {}
        self._expiring: list[tuple[int, _Key]] = []  # a heap; what was put off since is in it twice
        self._remembered: dict[tuple[str, str], Remembered] = {}

    def read(self, key: _Key, *, now: int, limit: int) -> tuple[Held, list[bytes]]:
        """Returns the figures of a conversation, and its newest messages."""
        held = self._held.get(key)
        if held is None or 0 < held.expires <= now:
            return Held(), []
        said = self._said[key]
        return held, [message for _, message in said[max(0, len(said) - limit) :]]

    def remembered(self, tenant: str, effect: str) -> Remembered | None:
        """Returns what the change of an effect came to."""
        return self._remembered.get((tenant, effect))

    def change(self, said: Said, messages: Sequence[bytes]) -> None:
        """Makes a change, unless its effect has made it before."""
        if (said.tenant, said.effect) in self._remembered:
            return
        self._sweep(said.at)
        key = (said.tenant, said.memory, said.key)
        held, kept = self._held.pop(key, Held()), self._said.pop(key, [])
        before, dropped = held.count, 0
        if kept and said.clears:
            if said.aside:
                self._put((said.tenant, said.memory, said.aside), held, kept)
            held, kept = Held(), []
        if kept or messages:
            expires = lasts(held.expires, said, new=not kept)
            kept += zip(counted(said), messages, strict=True)
            held = Held(len(kept), sum(weight for weight, _ in kept), held.flushed_at, expires)
            dropped, weight = excess((weight for weight, _ in kept), said, held)
            if dropped:
                del kept[:dropped]
                held = Held(len(kept), held.tokens - weight, said.at, expires)
            self._put(key, held, kept)
        self._remembered[said.tenant, said.effect] = Remembered(before, dropped, held.count, held.tokens)

    def _put(self, key: _Key, held: Held, kept: list[tuple[int, bytes]]) -> None:
        if kept:
            self._held[key], self._said[key] = held, kept
            if held.expires:
                heapq.heappush(self._expiring, (held.expires, key))

    def _sweep(self, now: int) -> None:
        while self._expiring and self._expiring[0][0] <= now:
            _, key = heapq.heappop(self._expiring)
            if key in self._held and 0 < self._held[key].expires <= now:
                del self._held[key], self._said[key]
