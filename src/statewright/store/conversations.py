"""Changes conversations in SQLite, inside the writer's transaction: each effect changes them once (R35)."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from statewright.store.queries import QUERIES
from statewright.store.remembering import Held, Remembered, Said, counted, excess, lasts

# Messages of expired conversations that one change takes along: enough to keep up with what is said, and never a pause.
SWEPT_MAX = 256

_encode = msgspec.json.Encoder().encode


class Words(msgspec.Struct, frozen=True):
    """A change on its way to the writer, with its messages encoded by whoever said them."""

    said: Said
    messages: tuple[bytes, ...]


class Conversations:
    """Makes changes. The transaction is its caller's."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def change(self, words: Words) -> None:
        """Makes a change, unless its effect has made it before."""
        said = words.said
        if self._execute("remembered", (said.tenant, said.effect)):
            return
        self._sweep(said.at)
        id, held = self._find(said)
        before, dropped = held.count, 0
        if id and said.clears:
            self._clear(id, said)
            id, held = 0, Held()
        if id or words.messages:
            dropped = self._go_on(id, held, words)
        outcome = Remembered(before, dropped, held.count, held.tokens)
        self._execute("remember", (said.tenant, said.effect, _encode(outcome)))

    def _find(self, said: Said) -> tuple[int, Held]:
        """Returns the conversation's id, 0 for none, and its figures. One that has expired goes first."""
        for id, *figures in self._execute("held", (said.tenant, said.memory, said.key)):
            held = Held(*figures)
            if not 0 < held.expires <= said.at:
                return id, held
            self._forget(id)
        return 0, Held()

    def _clear(self, id: int, said: Said) -> None:
        if said.aside:
            for other, *_ in self._execute("held", (said.tenant, said.memory, said.aside)):
                self._forget(other)
            self._execute("put_aside", (said.aside, id))
        else:
            self._forget(id)

    def _go_on(self, id: int, held: Held, words: Words) -> int:
        """Adds the messages and lets the oldest go where that is too much; returns how many went."""
        said = words.said
        held.expires = lasts(held.expires, said, new=not id)
        if not id:
            ((id,),) = self._execute("begin_conversation", (said.tenant, said.memory, said.key))
        tokens = counted(said)
        self._connection.executemany(
            QUERIES["say"], [(id, weight, message) for weight, message in zip(tokens, words.messages, strict=True)]
        )
        held.count += len(tokens)
        held.tokens += sum(tokens)
        dropped = self._make_room(id, held, said)
        if held.count:
            self._execute("conversation_is", (held.count, held.tokens, held.flushed_at, held.expires, id))
        else:
            self._execute("forget_conversation", (id,))
        return dropped

    def _make_room(self, id: int, held: Held, said: Said) -> int:
        oldest = self._connection.execute(QUERIES["weights"], (id,))
        dropped, weight = excess((weight for (weight,) in oldest), said, held)
        # Only as many rows were read as must go; the rest of the query is not wanted.
        oldest.close()
        if dropped:
            self._execute("drop_oldest", (id, dropped))
            held.count -= dropped
            held.tokens -= weight
            held.flushed_at = said.at
        return dropped

    def _forget(self, id: int) -> None:
        self._execute("forget_said", (id,))
        self._execute("forget_conversation", (id,))

    def _sweep(self, now: int) -> None:
        """Takes away what has expired longest ago, a bounded piece of it."""
        for (id,) in self._execute("longest_expired", (now,)):
            before = self._connection.total_changes()
            self._execute("drop_oldest", (id, SWEPT_MAX))
            if self._connection.total_changes() - before < SWEPT_MAX:
                self._execute("forget_conversation", (id,))

    def _execute(self, query: str, bindings: tuple[int | str | bytes, ...]) -> list[tuple[Any, ...]]:
        return self._connection.execute(QUERIES[query], bindings).fetchall()
