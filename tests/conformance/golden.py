"""The journals that the corpus is known to give: per case the events in order, and the digest of each decision.

Regenerate them, and read the difference before it is committed:

    .venv/bin/python -m tests.conformance.regenerate
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from statewright.kernel.events import Answered, Fired, Refused
from statewright.kernel.journal import GENESIS, Entry, Record, open_record
from statewright.kernel.state import State
from tests.conformance import corpus

COMMAND = ".venv/bin/python -m tests.conformance.regenerate"
FILE = "golden.json"
# Enough of a SHA-256 to tell two decisions apart, and to read a difference.
DIGEST_SHOWN = 12


class Golden(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a case's journal looks like, without anything that a clock decides; and those of the runs beside it."""

    events: list[str]
    digests: list[str]
    runs: dict[str, Golden] = {}


def read(name: str) -> Golden:
    """Returns the journal that the case is known to give."""
    return msgspec.json.decode((corpus.FOLDER / name / FILE).read_bytes(), type=Golden)


def events(records: Iterable[Record]) -> list[str]:
    """Returns each event with what it closes: `Answered run-1:1.0 #2`."""
    return [_told(entry) for entry in entries(records)]


def digests(records: Iterable[Record]) -> list[str]:
    """Returns the start of each decision's digest."""
    return [entry.digest[:DIGEST_SHOWN] for entry in entries(records)]


def entries(records: Iterable[Record]) -> list[Entry]:
    """Reads a journal, checking its chain."""
    found, prev = [], GENESIS
    for number, record in enumerate(records, start=1):
        found.append(open_record(prev, record, number))
        prev = record.hash
    return found


def _told(entry: Entry) -> str:
    event = entry.decoded()
    name = type(event).__name__
    if isinstance(event, Answered | Refused):
        return f"{name} {event.effect} #{event.attempt}"
    return f"{name} {event.effect}" if isinstance(event, Fired) else name


def of(records: Iterable[Record], beside: dict[str, tuple[State, tuple[Record, ...]]]) -> Golden:
    """Returns what a run and the runs beside it came to."""
    records = list(records)
    return Golden(events(records), digests(records), {run: of(other, {}) for run, (_, other) in beside.items()})


def write(name: str, kept: Golden) -> None:
    """Keeps the journals of a case."""
    (corpus.FOLDER / name / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
