"""What an exported file is made of: JSON Lines, with every stored byte as it was written.

A file is a head, and for each run its index row, its records, and the definitions and large values that no run before
it has named; then an end that counts both. Bodies, definitions and values are JSON, so they stand in their lines as
they are: whoever writes them anew, if only with other spaces, breaks the chain, and that is found.
"""

from __future__ import annotations

import re

import msgspec

from statewright.store.contract import IndexRow

FORMAT = 1
# A user's text cannot look like this: its quotes are escaped, and so are its keys that begin with `$` (R7).
_BLOB = re.compile(rb'"\$ref":"blob","digest":"([0-9a-f]{64})"')
_PROGRAM = re.compile(rb'"type":"(?:Started|Migrated)"')
_PINNED = re.compile(rb'"program":"([0-9a-f]{64})"')


class Line(msgspec.Struct, frozen=True, gc=False, tag_field="line"):
    """One line of the file; its kind stands first in it."""


class Head(Line, frozen=True, tag="statewright-export"):
    """The first line."""

    format: int


class Run(Line, frozen=True, tag="run"):
    """What the index says of the run whose records follow."""

    index: IndexRow


class Sealed(Line, frozen=True, tag="record"):
    """A record as it was stored; `hash` is hex."""

    seq: int
    hash: str
    body: msgspec.Raw


class Definition(Line, frozen=True, tag="definition"):
    """What a run is pinned to."""

    digest: str
    data: msgspec.Raw


class Large(Line, frozen=True, tag="blob"):
    """A value kept by content."""

    digest: str
    data: msgspec.Raw


class End(Line, frozen=True, tag="end"):
    """The last line: without it the file was cut."""

    runs: int
    records: int


AnyLine = Head | Run | Sealed | Definition | Large | End


class Moved(msgspec.Struct, frozen=True):
    """How much was exported or imported. `present` counts runs that were there already, with the same records."""

    runs: int = 0
    records: int = 0
    present: int = 0


def blobs_in(data: bytes) -> list[str]:
    """Returns the digests of the large values that stored bytes refer to."""
    return [digest.decode() for digest in _BLOB.findall(data)] if b'"$ref"' in data else []


def may_name_program(body: bytes) -> bool:
    """Says whether a record's event can be one that pins the run to a program."""
    return _PROGRAM.search(body) is not None


def programs_in(body: bytes) -> list[str]:
    """Returns the digests of the programs that a record names, and maybe some that its data only looks like."""
    return [digest.decode() for digest in _PINNED.findall(body)]
