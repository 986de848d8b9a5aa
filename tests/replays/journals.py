"""Journals that are kept as text: one file a run, a line for the definition, then a line for each blob and record.

Record them anew only when a journal's format changes; an old journal must replay with every later release:

    .venv/bin/python -m tests.replays.record
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from statewright.hosts.replay import Folded, fold
from statewright.kernel.journal import Record
from statewright.kernel.program import Program
from statewright.language.bundle import digest_of
from statewright.language.loader import load_definition

FOLDER = Path(__file__).parent


class Kept(msgspec.Struct, frozen=True):
    """A journal, with what it needs to be decided again."""

    definition: bytes
    records: tuple[Record, ...]
    blobs: dict[str, bytes]

    def program(self) -> Program:
        """Returns the program that the run is pinned to."""
        return load_definition(self.definition)

    def folded(self, program: Program | None = None) -> Folded:
        """Decides every record again, with the pinned program or another."""
        return fold(program or self.program(), self.records, self.blobs.get)


def names() -> list[str]:
    """Returns the names of the journals that are kept."""
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def read(name: str) -> Kept:
    """Reads a journal."""
    lines = [msgspec.json.decode(line) for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines()]
    (definition,) = [line["definition"].encode() for line in lines if line["line"] == "definition"]
    records = tuple(_record(line) for line in lines if line["line"] == "record")
    return Kept(definition, records, {digest_of(blob): blob for blob in _blobs(lines)})


def write(name: str, kept: Kept) -> None:
    """Keeps a journal."""
    lines: list[dict[str, str | int]] = [{"line": "definition", "definition": kept.definition.decode()}]
    lines += [{"line": "blob", "blob": blob.decode()} for blob in kept.blobs.values()]
    lines += [
        {"line": "record", "seq": record.seq, "hash": record.hash.hex(), "body": record.body.decode()}
        for record in kept.records
    ]
    (FOLDER / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def blobs_of(records: tuple[Record, ...], blob: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Returns the blobs that the records' bytes name."""
    named = {digest for record in records for digest in _digests(record.body)}
    return {digest: data for digest in sorted(named) if (data := blob(digest)) is not None}


def _digests(body: bytes) -> Iterator[str]:
    mark = b'{"$blob":"'
    at = body.find(mark)
    while at >= 0:
        yield body[at + len(mark) : body.index(b'"', at + len(mark))].decode()
        at = body.find(mark, at + 1)


def _record(line: dict[str, str | int]) -> Record:
    return Record(int(line["seq"]), str(line["body"]).encode(), bytes.fromhex(str(line["hash"])))


def _blobs(lines: list[dict[str, str]]) -> Iterator[bytes]:
    yield from (line["blob"].encode() for line in lines if line["line"] == "blob")
