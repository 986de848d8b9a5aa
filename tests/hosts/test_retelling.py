"""What an exported file says of a run in short is told again by its journal; nothing of it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.hosts.retelling import Retelling
from statewright.language.loader import load_definition
from statewright.store.contract import Append, IndexRow
from statewright.store.exporting import export
from statewright.store.importing import import_runs
from statewright.store.memory import MemoryStore
from statewright.store.transfer import Moved
from statewright.testing import RUN, TENANT
from tests.conformance import corpus
from tests.independent_reader import read_folder
from tests.kernel.states import ran
from tests.store.journals import Owner

# A run that has ended, and its beginning, which still waits for an answer.
CASE, OPEN_AT = "workflow_two_steps", 1
TAMPERED: list[tuple[str, Any]] = [
    ("workflow", "another"),
    ("program", "0" * 64),
    ("status", "cancelled"),
    ("started_at", 1),
    ("updated_at", 1),
    ("owes", 7),
    ("next_due", 7),
    ("simulated", True),
    ("error", "MADE_UP"),
]


def exported(path: Path, *, records: int = 0, **said: Any) -> tuple[Path, IndexRow]:
    """Writes a file with a run of the corpus, or its beginning; `said` is what the file says otherwise."""
    owner = Owner()
    store = MemoryStore(owner.hand_back)
    run, program = ran(CASE), corpus.case(CASE).program
    offered = corpus.case(CASE).workflows.find(program.id)
    assert offered is not None
    kept = run.records[: records or len(run.records)]
    row = run.store.index(TENANT, RUN)
    assert row is not None
    row = msgspec.structs.replace(row, seq=len(kept))
    owner.write(store, *(Append(index=row, record=record, definition=offered.definition) for record in kept))
    told = Retelling(load_definition)(store, row, "store")
    lines: list[bytes] = []
    export(store, [msgspec.structs.replace(told, **said)], lines.append, name="store")
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path, told


@pytest.mark.parametrize("records", [0, OPEN_AT])
def test_a_run_arrives_with_the_index_row_that_its_journal_tells(tmp_path: Path, records: int) -> None:
    file, told = exported(tmp_path / "file", records=records)
    assert import_runs(file, tmp_path / "to", Retelling(load_definition)) == Moved(runs=1, records=told.seq)
    assert bool(told.owes) is bool(records)


@pytest.mark.parametrize("records", [0, OPEN_AT])
@pytest.mark.parametrize(("field", "value"), TAMPERED)
def test_a_file_that_says_something_else_of_a_run_is_refused(
    tmp_path: Path, field: str, value: Any, records: int
) -> None:
    file, told = exported(tmp_path / "file", records=records, **{field: value})
    with pytest.raises(StatewrightError) as refused:
        import_runs(file, tmp_path / "to", Retelling(load_definition))
    assert (refused.value.code, refused.value.exit_code) == ("INDEX_WRONG", EXIT_DIVERGED)
    assert f"line 2: what it says of run {RUN!r}" in refused.value.message
    assert f"{field} is {value!r} and not {getattr(told, field)!r}" in refused.value.message
    assert read_folder(tmp_path / "to") == {}


def test_a_run_that_is_there_is_no_excuse_for_a_file_that_lies(tmp_path: Path) -> None:
    retell = Retelling(load_definition)
    import_runs(exported(tmp_path / "file")[0], tmp_path / "to", retell)
    with pytest.raises(StatewrightError, match="INDEX_WRONG"):
        import_runs(exported(tmp_path / "file", status="done" + "x")[0], tmp_path / "to", retell)
    # The file of an earlier moment does not say what the run is now, and need not.
    earlier = exported(tmp_path / "file", records=OPEN_AT)[0]
    assert import_runs(earlier, tmp_path / "to", retell).present == 1


def test_a_journal_that_this_definition_does_not_decide_is_refused(tmp_path: Path) -> None:
    file, _ = exported(tmp_path / "file")
    other = corpus.case("tool").program
    with pytest.raises(StatewrightError) as refused:
        import_runs(file, tmp_path / "to", Retelling(lambda text: other))
    assert refused.value.code == "RUN_DIVERGED"
    assert read_folder(tmp_path / "to") == {}
