"""Takes exported runs into a data folder: all of a file in one transaction, or nothing of it.

Nothing in a file is believed: chains, digests and owners are proven again, and what it says of a run in short is what
the run's journal tells. A run that is there with the same records is left alone, one that is there with fewer goes on,
and one with others is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import msgspec

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_INVALID_DEFINITION, StatewrightError
from statewright.kernel.events import Migrated, Started
from statewright.kernel.journal import GENESIS, ChainBroken, Entry, Record, open_record
from statewright.store.claiming import claim_of
from statewright.store.contract import Append, Claim, IndexRow, JournalCorrupt
from statewright.store.ledger import Ledger
from statewright.store.lock import Lock
from statewright.store.opening import DATA_FILE, explained, open_for_writing
from statewright.store.placing import made
from statewright.store.queries import QUERIES
from statewright.store.reading import RECORDS_AT_ONCE, Reading
from statewright.store.transaction import transaction
from statewright.store.transfer import (
    FORMAT,
    AnyLine,
    Definition,
    End,
    Head,
    Large,
    Moved,
    Run,
    Sealed,
    blobs_in,
    may_name_program,
)
from statewright.store.walking import begins

# Far beyond any value that a run takes in; a file without an end of line is not read to its own.
LINE_BYTES_MAX = 256 * 1024 * 1024

# Tells an index row from the journal that the store has; its last argument is what errors call the store.
Retell = Callable[[Reading, IndexRow, str], IndexRow]

_head = msgspec.json.Decoder(Head)
_line: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)


def import_runs(source: Path, folder: Path, retell: Retell) -> Moved:
    """Takes the runs of a file in.

    Raises `EXPORT_INVALID`, `EXPORT_VERSION`, `RUN_DIFFERS`, `JOURNAL_CORRUPT`, `INDEX_WRONG`, `RUN_DIVERGED`, or what
    opening the folder raises.
    """
    with closing(_lines(source)) as lines:
        _check_head(source, next(lines, b""))
        file = folder / DATA_FILE
        with explained(file):
            made(folder)
            lock = Lock(folder)
        try:
            with closing(open_for_writing(file)) as connection, explained(file):
                return _transact(connection, _Importing(connection, file, source, retell), _read(source, lines))
        finally:
            lock.release()


def _transact(connection: apsw.Connection, importing: _Importing, lines: Iterable[tuple[int, AnyLine]]) -> Moved:
    with transaction(connection):
        return importing.take(lines)


class _Claimed(msgspec.Struct, frozen=True):
    """What a line of the file says of a run, and what its records have told so far."""

    line: int
    row: IndexRow
    pinned: str  # the program that its events name last
    is_new: bool


class _Importing:
    """Takes lines in order. The transaction is its caller's."""

    def __init__(self, connection: apsw.Connection, file: Path, source: Path, retell: Retell) -> None:
        self._connection = connection
        self._store = Reading(connection, file)
        self._ledger = Ledger(connection)
        self._source = source
        self._retell = retell
        self._said: list[_Claimed] = []
        self._line = 0
        self._pinned = ""
        self._row: IndexRow | None = None
        self._prev, self._seq = GENESIS, 0
        self._there: Iterator[Record] = iter(())
        self._waiting: list[Append] = []
        self._needed: dict[str, tuple[str, int]] = {}  # digest -> the run and record that named it
        self._claims: set[tuple[str, str, str]] = set()
        self._is_new = False
        self._runs = self._records = self._present = self._read = 0

    def take(self, lines: Iterable[tuple[int, AnyLine]]) -> Moved:
        for number, line in lines:
            if isinstance(line, Sealed):
                self._record(line)
            elif isinstance(line, Definition | Large):
                self._keep(line)
            elif isinstance(line, Run):
                self._finish()
                self._begin(line.index, number)
            elif isinstance(line, End):
                self._finish()
                self._check_complete(line)
                self._check_said()
                return Moved(self._runs - self._present, self._records, self._present)
        raise _invalid(self._source, "it ends in the middle")

    def _begin(self, row: IndexRow, line: int) -> None:
        self._line = line
        self._row, self._prev, self._seq, self._is_new = row, GENESIS, 0, False
        self._there = self._store.read(row.tenant, row.run)
        self._runs += 1

    def _record(self, line: Sealed) -> None:
        row = self._row
        if row is None:
            raise _invalid(self._source, "a record stands before its run")
        record = Record(line.seq, bytes(line.body), _bytes_of(line.hash))
        try:
            entry = open_record(self._prev, record, self._seq + 1)
        except ChainBroken as broken:
            raise self._corrupt(row, broken.seq, broken.problem) from broken
        self._prev, self._seq = record.hash, record.seq
        self._read += 1
        self._note(row, record, entry)
        there = next(self._there, None)
        if there is None:
            index = msgspec.structs.replace(row, seq=record.seq)
            self._append(Append(index=index, record=record, claim=self._claim(row, record, entry)))
        elif there.hash != record.hash:
            raise _differs(row.run, record.seq)

    def _note(self, row: IndexRow, record: Record, entry: Entry) -> None:
        """Notes what the record needs, and that it begins the run that it is said to begin."""
        for digest in blobs_in(record.body):
            self._needed.setdefault(digest, (row.run, record.seq))
        if record.seq > 1 and not may_name_program(record.body):
            return
        event = entry.decoded()
        if isinstance(event, Started | Migrated):
            self._needed.setdefault(event.program, (row.run, record.seq))
            self._pinned = event.program
        if record.seq == 1 and not begins(row, entry):
            raise self._corrupt(row, 1, "it is not the start of this run")

    def _claim(self, row: IndexRow, record: Record, entry: Entry) -> Claim | None:
        """Returns the key that the run was started with; one that another run has here stays that one's."""
        event = entry.decoded() if record.seq == 1 else None
        claim = claim_of(event) if isinstance(event, Started) else None
        if claim is None or (row.tenant, row.workflow, claim.key) in self._claims:
            return None
        self._claims.add((row.tenant, row.workflow, claim.key))
        return None if self._store.claimed(row.tenant, row.workflow, claim.key) else claim

    def _append(self, entry: Append) -> None:
        self._is_new = True
        self._waiting.append(entry)
        self._records += 1
        if len(self._waiting) == RECORDS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        try:
            problems = self._ledger.write(self._waiting)
        except (apsw.ConstraintError, OverflowError) as fault:
            raise _invalid(self._source, f"what it says of a run cannot be: {fault}") from fault
        for problem in problems:
            if problem is not None:
                raise problem
        self._waiting = []

    def _finish(self) -> None:
        """Closes the run whose records came last."""
        row = self._row
        if row is None:
            return
        if self._seq != row.seq:
            raise self._corrupt(row, self._seq + 1, f"it is missing; the file speaks of {row.seq} records")
        self._flush()
        self._present += not self._is_new
        self._said.append(_Claimed(self._line, row, self._pinned, self._is_new))

    def _keep(self, line: Definition | Large) -> None:
        data = bytes(line.data)
        if hashlib.sha256(data).hexdigest() != line.digest:
            raise _damaged(self._source, f"what lies under {line.digest[:12]} has another digest")
        is_blob = isinstance(line, Large)
        self._connection.execute(QUERIES["keep_blob" if is_blob else "keep_definition"], (line.digest, data))
        for digest in blobs_in(data) if is_blob else ():
            self._needed.setdefault(digest, (self._row.run if self._row is not None else "", self._seq))

    def _check_complete(self, end: End) -> None:
        if (end.runs, end.records) != (self._runs, self._read):
            raise _invalid(self._source, f"it speaks of {end.records} records, and holds {self._read}")
        for digest, (run, seq) in self._needed.items():
            if self._store.blob(digest) is None and self._store.definition(digest) is None:
                raise _damaged(self._source, f"{digest[:12]}, which record {seq} of run {run!r} names, is missing")

    def _check_said(self) -> None:
        """What the file says of its runs is what their journals tell, which are all here now."""
        for said in self._said:
            row = said.row
            there = None if said.is_new else self._store.index(row.tenant, row.run)
            if there is None:
                there = self._retell(self._store, msgspec.structs.replace(row, program=said.pinned), str(self._source))
            # A run that has gone on here is past what the file says of it.
            if there.seq == row.seq and there != row:
                raise _wrong(self._source, said.line, row, there)

    def _corrupt(self, row: IndexRow, seq: int, problem: str) -> JournalCorrupt:
        found = JournalCorrupt(str(self._source), row.run, seq, problem)
        # The run lies in no folder here that somebody could look into.
        found.hint = "export it again where it comes from; nothing was imported"
        return found


def _lines(source: Path) -> Generator[bytes, None, None]:
    try:
        with source.open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX):
                yield line
    except OSError as fault:
        raise StatewrightError(
            "FILE_UNREADABLE",
            f"{source}: {fault.strerror or fault}",
            hint="name a file that statewright export has written",
        ) from fault


def _check_head(source: Path, line: bytes) -> None:
    try:
        head = _head.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _invalid(source, "it does not begin as an export does") from None
    if not 1 <= head.format <= FORMAT:
        raise StatewrightError(
            "EXPORT_VERSION",
            f"{source} has format {head.format}, this program knows formats 1 to {FORMAT}",
            hint="use the release that wrote it, or a newer one",
            exit_code=EXIT_INVALID_DEFINITION,
        )


def _read(source: Path, lines: Iterable[bytes]) -> Iterator[tuple[int, AnyLine]]:
    for number, line in enumerate(lines, 2):
        if not line.endswith(b"\n"):
            raise _invalid(source, f"line {number} has no end")
        try:
            yield number, _line.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _invalid(source, f"line {number} is none that an export has") from None


def _bytes_of(hash: str) -> bytes:
    try:
        return bytes.fromhex(hash)
    except ValueError:
        # No record has such a hash; the chain says so, with its place.
        return b""


def _invalid(source: Path, problem: str) -> StatewrightError:
    return StatewrightError(
        "EXPORT_INVALID",
        f"{source}: {problem}",
        hint="name a whole file that statewright export has written; nothing was imported",
        exit_code=EXIT_INVALID_DEFINITION,
    )


def _wrong(source: Path, line: int, row: IndexRow, told: IndexRow) -> StatewrightError:
    said = ", ".join(
        f"{name} is {getattr(row, name)!r} and not {getattr(told, name)!r}"
        for name in IndexRow.__struct_fields__
        if getattr(row, name) != getattr(told, name)
    )
    return StatewrightError(
        "INDEX_WRONG",
        f"{source}, line {line}: what it says of run {row.run!r} is not what its {row.seq} records tell: {said}",
        hint="export it again; nothing was imported",
        exit_code=EXIT_DIVERGED,
    )


def _damaged(source: Path, problem: str) -> StatewrightError:
    return StatewrightError(
        "JOURNAL_CORRUPT", f"{source}: {problem}", hint="export it again; nothing was imported", exit_code=EXIT_DIVERGED
    )


def _differs(run: str, seq: int) -> StatewrightError:
    return StatewrightError(
        "RUN_DIFFERS",
        f"run {run!r} is there with another record {seq}",
        hint="import into another folder, named with --data; nothing was imported",
        exit_code=EXIT_CONFLICT,
    )
