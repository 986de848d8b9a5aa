"""Export and import: every byte of a run arrives, all of a file or nothing, and nothing is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import msgspec
import pytest

from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_INVALID_DEFINITION, StatewrightError
from statewright.kernel import values
from statewright.kernel.events import Received
from statewright.store.contract import Append, JournalCorrupt, Store
from statewright.store.exporting import export
from statewright.store.importing import import_runs
from statewright.store.sqlite import SqliteStore
from statewright.store.transfer import Moved
from tests.independent_reader import read_folder
from tests.store.journals import DEFINITION, PROGRAM, Journal, Owner, believed, open_store

INNER, INNER_DATA = values.blob_of("in" * 200_000)
OUTER, OUTER_DATA = values.blob_of({"kept": INNER, "text": "x" * 300_000})


@pytest.fixture
def owner() -> Owner:
    return Owner()


def entries(run: str, count: int) -> list[Append]:
    return Journal(run).several(count)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, owner: Owner) -> Iterator[Store]:
    """A store with a run of 600 records, and one whose signal holds a large value that holds another one."""
    opened = open_store(request.param, tmp_path / "from", owner)
    owner.write(opened, *entries("long", 600))
    journal = Journal("large")
    first = journal.next()
    second = journal.next(Received(at=1_002, name="go", payload=OUTER), status="done", error="X")
    blobs = ((OUTER.digest, OUTER_DATA), (INNER.digest, INNER_DATA))
    owner.write(opened, first, msgspec.structs.replace(second, blobs=blobs))
    yield opened
    opened.close()


def lines_of(store: Store, *runs: str) -> list[bytes]:
    rows = [row for row in reversed(store.runs("acme", limit=9)) if not runs or row.run in runs]
    lines: list[bytes] = []
    export(store, rows, lines.append, name="store")
    return lines


def written(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def refusal(path: Path, folder: Path) -> StatewrightError:
    with pytest.raises(StatewrightError) as refused:
        import_runs(path, folder, believed)
    assert refused.value.hint
    return refused.value


def held(folder: Path) -> dict[str, int]:
    return {run: len(records) for (_, run), records in read_folder(folder).items()}


def test_runs_arrive_with_every_byte(store: Store, owner: Owner, tmp_path: Path) -> None:
    moved = import_runs(written(tmp_path / "file", lines_of(store)), tmp_path / "to", believed)
    assert moved == Moved(runs=2, records=602)
    there = SqliteStore.open(tmp_path / "to", hand_back=owner.hand_back)
    for run in ("long", "large"):
        assert list(there.read("acme", run)) == list(store.read("acme", run))
        assert there.index("acme", run) == store.index("acme", run)
        there.verify("acme", run)
    assert (there.blob(OUTER.digest), there.blob(INNER.digest)) == (OUTER_DATA, INNER_DATA)
    assert there.definition(PROGRAM) == DEFINITION
    assert there.check().problems == []
    assert lines_of(there) == lines_of(store)
    there.close()


def test_importing_again_changes_nothing_and_a_shorter_run_goes_on(store: Store, owner: Owner, tmp_path: Path) -> None:
    file = written(tmp_path / "file", lines_of(store))
    there = SqliteStore.open(tmp_path / "to", hand_back=owner.hand_back)
    owner.write(there, *entries("long", 300))
    there.close()
    assert import_runs(file, tmp_path / "to", believed) == Moved(runs=2, records=302)
    assert import_runs(file, tmp_path / "to", believed) == Moved(runs=0, records=0, present=2)
    assert held(tmp_path / "to") == {"long": 600, "large": 2}


def test_a_run_that_is_there_with_other_records_is_refused_and_nothing_imported(
    store: Store, owner: Owner, tmp_path: Path
) -> None:
    there = SqliteStore.open(tmp_path / "to", hand_back=owner.hand_back)
    journal = Journal("large")
    owner.write(there, journal.next(), journal.next())
    there.close()
    refused = refusal(written(tmp_path / "file", lines_of(store)), tmp_path / "to")
    assert (refused.code, refused.exit_code) == ("RUN_DIFFERS", EXIT_CONFLICT)
    assert "'large'" in refused.message
    assert "record 2" in refused.message
    assert held(tmp_path / "to") == {"large": 2}


def test_a_folder_in_use_takes_nothing_in(store: Store, owner: Owner, tmp_path: Path) -> None:
    file = written(tmp_path / "file", lines_of(store))
    there = SqliteStore.open(tmp_path / "to", hand_back=owner.hand_back)
    assert refusal(file, tmp_path / "to").code == "DATA_LOCKED"
    there.close()


def test_a_newer_format_is_refused_naming_both(tmp_path: Path) -> None:
    refused = refusal(written(tmp_path / "file", [b'{"line":"statewright-export","format":9}']), tmp_path / "to")
    assert (refused.code, refused.exit_code) == ("EXPORT_VERSION", EXIT_INVALID_DEFINITION)
    assert "format 9" in refused.message
    assert "1 to 1" in refused.message
    assert not (tmp_path / "to").exists()


def without(lines: list[bytes], part: bytes) -> list[bytes]:
    return [line for line in lines if part not in line]


BROKEN: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("EXPORT_INVALID", lambda lines: lines[:-1]),
    ("EXPORT_INVALID", lambda lines: lines[1:]),
    ("EXPORT_INVALID", lambda lines: [*lines[:4], b"{}", *lines[4:]]),
    ("EXPORT_INVALID", lambda lines: [*lines[:4], b"\xff", *lines[4:]]),
    ("EXPORT_INVALID", lambda lines: []),
    ("EXPORT_INVALID", lambda lines: without(lines, b'"line":"run"')),
    ("EXPORT_INVALID", lambda lines: [line.replace(b'"tenant":"acme","run":"long"', b'"tenant":3') for line in lines]),
    ("JOURNAL_CORRUPT", lambda lines: without(lines, b'{"line":"record","seq":300,')),
    ("JOURNAL_CORRUPT", lambda lines: without(lines, b'{"line":"record","seq":600,')),
    ("JOURNAL_CORRUPT", lambda lines: [line.replace(b'"name":"go"', b'"name":"no"') for line in lines]),
    ("JOURNAL_CORRUPT", lambda lines: [line.replace(b'"hash":"', b'"hash":"x') for line in lines]),
    ("JOURNAL_CORRUPT", lambda lines: [line.replace(b'"run","index":{"tenant":"acme"', b'"run","index":{"tenant":"me"')
                                       for line in lines]),
    ("JOURNAL_CORRUPT", lambda lines: without(lines, b'"line":"definition"')),
    ("JOURNAL_CORRUPT", lambda lines: without(lines, INNER.digest.encode() + b'","data":"inin')),
    ("JOURNAL_CORRUPT", lambda lines: [line.replace(b"inininin", b"outoutou") for line in lines]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "breaks"), BROKEN)
def test_a_file_that_was_changed_is_refused_as_a_whole(
    code: str, breaks: Callable[[list[bytes]], list[bytes]], owner: Owner, tmp_path: Path
) -> None:
    store = open_store("memory", tmp_path, owner)
    journal = Journal("large")
    first, second = journal.next(), journal.next(Received(at=1_002, name="go", payload=OUTER))
    blobs = ((OUTER.digest, OUTER_DATA), (INNER.digest, INNER_DATA))
    owner.write(store, *entries("long", 600), first, msgspec.structs.replace(second, blobs=blobs))
    refused = refusal(written(tmp_path / "file", breaks(lines_of(store))), tmp_path / "to")
    assert refused.code == code
    assert refused.exit_code == {"JOURNAL_CORRUPT": EXIT_DIVERGED}.get(code, EXIT_INVALID_DEFINITION)
    assert "nothing was imported" in refused.hint
    if (tmp_path / "to").exists():
        assert held(tmp_path / "to") == {}


def test_a_file_that_is_cut_anywhere_is_refused(owner: Owner, tmp_path: Path) -> None:
    store = open_store("memory", tmp_path, owner)
    owner.write(store, *entries("a", 3))
    whole = written(tmp_path / "file", lines_of(store)).read_bytes()
    for end in range(0, len(whole), 7):
        (tmp_path / "cut").write_bytes(whole[:end])
        assert refusal(tmp_path / "cut", tmp_path / "to").code == "EXPORT_INVALID"


def test_a_damaged_run_is_not_exported_but_named(owner: Owner, tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)
    owner.write(store, *entries("a", 3))
    store.close()
    database = apsw.Connection(str(store.file))
    database.execute("UPDATE journal SET body = CAST('{}' AS BLOB) WHERE seq = 2")
    database.close()
    damaged = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back, write=False)
    with pytest.raises(JournalCorrupt, match="run 'a', record 2"):
        lines_of(damaged)
    damaged.close()
