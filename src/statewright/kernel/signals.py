"""The log of a run's signals: kept in order by name, read by every wait with its own cursor (rule R13).

Numbers count from 1 for each name and never start again. What no wait can read any more is let go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from statewright.kernel.events import Received
from statewright.kernel.expressions.functions.moments import iso_utc
from statewright.kernel.expressions.template import Template
from statewright.kernel.overlay import Overlay
from statewright.kernel.program import Program
from statewright.kernel.state import Signals
from statewright.kernel.turn import Turn, Visit
from statewright.kernel.values import Json

WAIT = "wait"
# Signals of one name that are kept. Where some wait has still to read the oldest of so many, no more are taken.
SIGNALS_MAX = 1_000
# Keys that a run knows again; the one that has been known longest goes first. A run that sends is never forgotten.
KEYS_MAX = 1_000
_EFFECT = re.compile(r"(.+):(\d+)\.(\d+)")


def can_read(program: Program, name: str) -> bool:
    """Says whether a wait of this program can ever listen to `name`; a template may come to any name."""
    names = (node.fields.wait_for for node in program.nodes.values() if node.kind.name == WAIT)
    return any(isinstance(known, Template) or known == name for known in names)


def has_room(turn: Turn, name: str) -> bool:
    """Says whether one more signal of this name can be kept.

    The oldest goes where every wait that lives has read it: what it was not meant for must not make a run deaf. It
    counts as consumed, so a wait that begins later does not see it.
    """
    overlay = turn.overlay
    log = overlay.signals(name)
    if log.count - log.first < SIGNALS_MAX:
        return True
    oldest = log.first + 1
    if min((visit.frame.memory["cursor"] for visit in listening(turn, name)), default=0) < oldest:
        return False
    overlay.drop_signal(_key(name, oldest))
    _note(overlay, name, first=oldest, consumed=max(log.consumed, oldest))
    return True


def is_new(turn: Turn, event: Received) -> bool:
    """Notes the key of a signal; says whether it came for the first time.

    Another run sends in order, under effect ids that only grow: of each sender the newest is enough (R14).
    """
    heard = turn.overlay.state.heard
    number = _number(event.source, event.key)
    place = f"run {event.source}" if number else f"key {event.key}"
    last = heard.get(place)
    if last is not None and (not number or _number(event.source, last) >= number):
        return False
    if last is None and not number:
        _make_room(turn)
    turn.overlay.patch.heard[place] = event.key
    return True


def _make_room(turn: Turn) -> None:
    heard = turn.overlay.state.heard
    keys = [place for place in heard if place.startswith("key ")] if len(heard) >= KEYS_MAX else []
    if len(keys) >= KEYS_MAX:
        turn.overlay.patch.heard[keys[0]] = None


def keep(turn: Turn, event: Received) -> None:
    """Puts a signal at the end of the log of its name."""
    log = turn.overlay.signals(event.name)
    number = log.count + 1
    envelope = {
        "payload": event.payload,
        "metadata": {
            "signal_id": f"{turn.overlay.run('run')}:{turn.seq}",
            "workflow_id": turn.program.id,
            "source": event.source,
            "received_at_utc": iso_utc(turn.at),
        },
    }
    turn.overlay.patch.signals[_key(event.name, number)] = envelope
    _note(turn.overlay, event.name, count=number)


def after(overlay: Overlay, name: str, cursor: int) -> Json:
    """Returns the signal that follows the cursor, or None."""
    return overlay.signal(_key(name, cursor + 1))


def consumed(overlay: Overlay, name: str) -> int:
    """Returns the number of the newest signal that a finished wait of this name has consumed."""
    return overlay.signals(name).consumed


def consume(visit: Visit, name: str, number: int) -> None:
    """Notes that a wait ends with this signal, and lets go of what no wait can read any more."""
    overlay = visit.turn.overlay
    log = overlay.signals(name)
    newest = max(log.consumed, number)
    last = _read_by_all(visit, name, first=log.first, newest=newest)
    for gone in range(log.first + 1, last + 1):
        overlay.drop_signal(_key(name, gone))
    _note(overlay, name, consumed=newest, first=last)


def listening(turn: Turn, name: str) -> Iterator[Visit]:
    """Yields the waits that are alive and listen to `name`, in the order in which they began."""
    for path in turn.overlay.paths():
        visit = turn.visit(path)
        if visit is not None and _listens(visit, name):
            yield visit


def _read_by_all(visit: Visit, name: str, *, first: int, newest: int) -> int:
    """Returns the number up to which no other wait of this name reads any more.

    The youngest are asked first: where thousands hear one signal, the last of them has read nothing yet.
    """
    turn, last = visit.turn, max(first, newest)
    for path in turn.overlay.youngest():
        other = turn.visit(path)
        if other is not None and other is not visit and _listens(other, name):
            last = min(last, other.frame.memory["cursor"])
            if last <= first:
                return first
    return last


def _listens(visit: Visit, name: str) -> bool:
    return visit.node.kind.name == WAIT and bool(visit.frame.memory.get("name") == name)


def _note(overlay: Overlay, name: str, **changes: int) -> None:
    log = overlay.signals(name)
    overlay.patch.logs[name] = Signals(**{"count": log.count, "consumed": log.consumed, "first": log.first} | changes)


def _number(source: str, key: str) -> tuple[int, ...]:
    """Returns the position of an effect of the run that sends; a key that only looks like one has none."""
    found = _EFFECT.fullmatch(key)
    return (int(found[2]), int(found[3])) if found and found[1] == source else ()


def _key(name: str, number: int) -> str:
    return f"{name}#{number}"
