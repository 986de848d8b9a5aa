"""Reads a data folder with nothing of ours: the standard library and the file format alone. The crash tests trust it.

    python tests/independent_reader.py FOLDER      prints every run's records as JSON, or what is wrong with them

A record is good when its hash is SHA-256 over the hash before and its own bytes, beginning with 32 zero bytes, and
when its number is the one after its predecessor's.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Key = tuple[str, str]
Record = dict[str, Any]

CLOSINGS = ("Answered", "Refused", "Fired")

RECORDS = """
    SELECT runs.tenant, runs.run, journal.position, journal.before, journal.seq, journal.body, journal.hash
    FROM journal LEFT JOIN runs ON runs.id = journal.run
    ORDER BY journal.run, journal.seq, journal.position
"""


class Broken(Exception):
    """The folder is not what its writer promised."""


def read(folder: Path | str, tenant: str = "default") -> dict[str, list[Record]]:
    """Returns the parsed records of a tenant's runs by run, after checking the whole folder."""
    return {run: records for (owner, run), records in read_folder(folder).items() if owner == tenant}


def read_folder(folder: Path | str) -> dict[Key, list[Record]]:
    """Returns the parsed records of every run by (tenant, run); raises `Broken` at the first broken promise."""
    with closing(_open(Path(folder) / "statewright.db")) as database:
        journals = _journals(database)
        _check_index(database, journals)
    for key, records in journals.items():
        _check_closings(key, records)
        _check_start(key, records)
    return journals


def _open(file: Path) -> sqlite3.Connection:
    if not file.exists():
        raise Broken(f"{file} is missing")
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    # One snapshot for all queries, however busy the writer is.
    database.isolation_level = None
    database.execute("BEGIN")
    return database


def _journals(database: sqlite3.Connection) -> dict[Key, list[Record]]:
    journals: dict[Key, list[Record]] = {}
    ends: dict[Key, tuple[bytes, int]] = {}
    for tenant, run, position, before, seq, body, stored in database.execute(RECORDS):
        if run is None:
            raise Broken(f"the record at position {position} belongs to no run")
        key = (tenant, run)
        prev, last = ends.get(key, (bytes(32), 0))
        records = journals.setdefault(key, [])
        if seq != len(records) + 1:
            raise Broken(f"{key}: record {seq} stands where {len(records) + 1} was expected")
        if before != last:
            raise Broken(f"{key}: record {seq} points back to {before} instead of {last}")
        if hashlib.sha256(prev + body).digest() != stored:
            raise Broken(f"{key}: record {seq} does not fit its hash")
        ends[key] = (stored, position)
        records.append(_parsed(key, seq, body))
    return journals


def _parsed(key: Key, seq: int, body: bytes) -> Record:
    record: Record = json.loads(body)
    if record["seq"] != seq:
        raise Broken(f"{key}: record {seq} says that it is {record['seq']}")
    return record


def _check_index(database: sqlite3.Connection, journals: dict[Key, list[Record]]) -> None:
    """The index row of a run was written with its last record (I-16)."""
    indexed = {(tenant, run): seq for tenant, run, seq in database.execute("SELECT tenant, run, seq FROM runs")}
    ends = {key: len(records) for key, records in journals.items()}
    if indexed != ends:
        odd = dict(sorted(indexed.items() ^ ends.items()))
        raise Broken(f"index and journals disagree: {odd}")


def _check_closings(key: Key, records: list[Record]) -> None:
    """An attempt of an effect is closed once, and an effect is answered once (I-11)."""
    attempts: Counter[tuple[str, int]] = Counter()
    answers: Counter[str] = Counter()
    for event in _events(records):
        if event["type"] in CLOSINGS:
            attempts[event["effect"], event.get("attempt", 1)] += 1
        if event["type"] == "Answered":
            answers[event["effect"]] += 1
    twice = [closed for closed, times in [*attempts.items(), *answers.items()] if times > 1]
    if twice:
        raise Broken(f"{key}: closed twice: {twice}")


def _check_start(key: Key, records: list[Record]) -> None:
    first = records[0]["event"]
    if first["type"] != "Started" or (first["tenant"], first["run"]) != key:
        raise Broken(f"{key}: record 1 is not the start of this run")
    if any(event["type"] == "Started" for event in _events(records[1:])):
        raise Broken(f"{key}: started twice")
    times = [record["at"] for record in records]
    if times != sorted(times):
        raise Broken(f"{key}: time runs backwards")


def _events(records: list[Record]) -> Iterator[dict[str, Any]]:
    return (record["event"] for record in records)


def main(arguments: list[str]) -> int:
    """Prints the runs of a folder; returns the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        journals = read_folder(arguments[0])
    except (Broken, sqlite3.Error, ValueError) as problem:
        print(f"broken: {problem}", file=sys.stderr)
        return 9
    runs = [{"tenant": tenant, "run": run, "records": records} for (tenant, run), records in journals.items()]
    json.dump(runs, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
