"""What each session begins with, what must be true wherever it was stopped, and what it comes to in the end.

Nothing is asked of the session itself: folders are looked at by the independent reader, and by a deep look of ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import msgspec

import statewright.sync
from statewright.errors import StatewrightError
from statewright.kernel.events import Received
from statewright.store.backup import back_up
from statewright.store.contract import Append
from statewright.store.exporting import export
from statewright.store.opening import APPLICATION_ID, DATA_FILE
from statewright.store.sqlite import SqliteStore
from tests.crash.sessions import SESSIONS
from tests.independent_reader import Broken, read_folder
from tests.store.journals import Journal, Owner

PROJECT = Path(__file__).with_name("short")
VERSION_1 = Path(__file__).parents[1] / "store" / "version_1.sql"
Said = list[dict[str, Any]]
Journals = dict[str, list[str]]  # the types of a run's events


class Story(msgspec.Struct, frozen=True):
    """`prepare` makes the folder, `look` is called after every end, `result` after the last, undisturbed one."""

    prepare: Callable[[Path], None]
    look: Callable[[Path, Said], None]
    result: Callable[[Path], Any]


def journals(data: Path) -> Journals:
    """Returns what lies in a data folder, which must be sound; a copy is looked at, so that nothing is mended."""
    if not (data / DATA_FILE).exists():
        return {}
    copy = data.with_name(f"{data.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for companion in ("", "-wal", "-journal"):
        if (data / f"{DATA_FILE}{companion}").exists():
            shutil.copy(data / f"{DATA_FILE}{companion}", copy)
    try:
        store = SqliteStore.open(copy, hand_back=Owner().hand_back, write=False)
        with closing(store):
            assert [str(problem) for problem in store.check().problems] == []
        if (copy / DATA_FILE).stat().st_size and not _is_empty(copy):
            return {run: [r["event"]["type"] for r in records] for (_, run), records in read_folder(copy).items()}
        return {}
    finally:
        shutil.rmtree(copy)


def _is_empty(folder: Path) -> bool:
    with closing(apsw.Connection(str(folder / DATA_FILE))) as database:
        return not database.execute("SELECT count(*) FROM sqlite_schema").get


def _written(data: Path, *entries: Append, close: bool = True) -> None:
    """Writes into a folder; unclosed, it is left as a crash would leave it, with a log."""
    owner = Owner()
    living = data if close else data.with_name("living")
    store = SqliteStore.open(living, hand_back=owner.hand_back)
    assert owner.write(store, *entries) == [None] * len(entries)
    if not close:
        data.mkdir()
        for name in (DATA_FILE, f"{DATA_FILE}-wal"):
            shutil.copy(living / name, data)
    store.close()
    if not close:
        shutil.rmtree(living)


def _ended(run: str, count: int = 5) -> list[Append]:
    journal = Journal(run)
    return [*journal.several(count - 1), journal.next(Received(at=9_000, name="end"), status="done")]


# A project that runs.


def _project(folder: Path) -> None:
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".statewright"))


def _project_with_run(folder: Path) -> None:
    """The journal of an ended run, which every trial forks."""
    _project(folder)
    _live_undisturbed(folder, "answers")


def _live_undisturbed(folder: Path, session: str) -> None:
    SESSIONS[session](folder, lambda **_: None)


def _look_at_runs(folder: Path, words: Said) -> None:
    found = journals(folder / ".statewright")
    for word in words:
        types = found.get(word["run"])
        assert types is not None, f"{word} was acknowledged, and the run is lost"
        if "seq" in word:
            assert len(types) >= word["seq"], f"{word} was acknowledged and is lost: {types}"
        if "type" in word:
            assert types[word["seq"] - 1] == word["type"]
        if "signal" in word:
            assert "Received" in types, f"{word} was acknowledged and is lost: {types}"


def _outputs(folder: Path) -> Any:
    """Returns what the runs of a project came to. Each effect was closed once, or the reader would have said so."""
    found = journals(folder / ".statewright")
    with statewright.sync.open(folder) as project:
        runs = {run.id: (run.status, run.state().output, run.verify().identical) for run in project.runs()}
    assert set(runs) == set(found)
    # The id of a fork is drawn anew.
    return sorted(repr(ended).replace(id, "itself") for id, ended in runs.items())


# A folder that is written, carried, pruned, copied and put back.


def _look_at_appends(folder: Path, words: Said) -> None:
    found = journals(folder)
    for word in words:
        if "seq" in word:
            assert len(found.get(word["run"], ())) >= word["seq"], f"{word} was acknowledged and is lost: {found}"


def _appends(folder: Path) -> Any:
    with closing(SqliteStore.open(folder, hand_back=Owner().hand_back, write=False)) as store:
        return journals(folder), store.converse("acme", "chat", "k", now=0).messages


def _file_of_runs(folder: Path) -> None:
    _written(folder / "from", *Journal("long").several(40), *_ended("short"))
    with closing(SqliteStore.open(folder / "from", hand_back=Owner().hand_back, write=False)) as store:
        lines: list[bytes] = []
        export(store, store.runs("acme"), lines.append, name="store")
    (folder / "runs.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    shutil.rmtree(folder / "from")


def _look_at_import(folder: Path, words: Said) -> None:
    found = {run: len(types) for run, types in journals(folder / "data").items()}
    assert found in ({}, {"long": 40, "short": 5}), "an import is whole or nothing"
    assert found or not words


def _folder_to_prune(folder: Path) -> None:
    _written(folder / "data", *Journal("open").several(3), *(e for n in range(3) for e in _ended(f"old-{n}")))


def _look_at_prune(folder: Path, words: Said) -> None:
    found = {run: len(types) for run, types in journals(folder / "data").items()}
    assert found.pop("open") == 3
    assert all(count == 5 for count in found.values()), "a run is there as a whole, or gone"
    assert not (words and found)


def _folder_to_copy(folder: Path) -> None:
    _written(folder / "data", *Journal("a").several(6), *_ended("b"), close=False)


def _look_at_backup(folder: Path, words: Said) -> None:
    assert journals(folder / "data").keys() == {"a", "b"}
    if (folder / "backup.db").exists():
        assert _content(folder / "backup.db").keys() == {"a", "b"}
    else:
        assert not words


def _content(backup: Path) -> Journals:
    place = backup.with_name("unpacked")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(backup, place / DATA_FILE)
    try:
        return journals(place)
    finally:
        shutil.rmtree(place)


def _folder_to_restore(folder: Path) -> None:
    _written(folder / "from", *Journal("new").several(6))
    back_up(folder / "from", folder / "backup.db")
    shutil.rmtree(folder / "from")
    _written(folder / "data", *Journal("old").several(6), close=False)


def _look_at_restore(folder: Path, words: Said) -> None:
    """What was there and what is to come are never mixed, and neither is lost."""
    try:
        found = set(journals(folder / "data"))
    except (StatewrightError, Broken):
        # In the middle of setting aside, and nobody believes what is left.
        found = set()
    assert found in (set(), {"old"}, {"new"})
    assert found == {"new"} or not words
    assert _content(folder / "backup.db").keys() == {"new"}
    assert found == {"old"} or _set_aside(folder), "what was there is lost"


def _set_aside(folder: Path) -> bool:
    """Whether the data that was there lies whole in the folder and those inside it."""
    data = folder / "data"
    gathered = folder / "gathered"
    shutil.rmtree(gathered, ignore_errors=True)
    gathered.mkdir()
    for place in (data, *sorted(data.glob("before-restore-*"))):
        for name in (DATA_FILE, f"{DATA_FILE}-wal"):
            is_new = place == data and _is_restored(place / name)
            if (place / name).exists() and not is_new:
                shutil.copy(place / name, gathered)
    try:
        return journals(gathered).keys() == {"old"}
    finally:
        shutil.rmtree(gathered)


def _is_restored(file: Path) -> bool:
    return file.name == DATA_FILE and file.exists() and b"old" not in file.read_bytes() and file.stat().st_size > 0


def _restored(folder: Path) -> Any:
    return journals(folder / "data"), _set_aside(folder)


def _folder_of_version_1(folder: Path) -> None:
    (folder / "data").mkdir()
    with closing(apsw.Connection(str(folder / "data" / DATA_FILE))) as database:
        database.execute(VERSION_1.read_text()).fetchall()
        database.pragma("application_id", APPLICATION_ID)
        database.pragma("user_version", 1)
        row = ("acme", "k", "e1", 0, b'[{"role":"user","content":"hello"}]')
        sql = "INSERT INTO said (tenant, memory, key, effect, at, expires, messages) VALUES (?, 'chat', ?, ?, 1, ?, ?)"
        database.execute(sql, row).fetchall()


def _look_at_version(folder: Path, words: Said) -> None:
    copy = folder / "looked-at"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "data", copy)
    with closing(SqliteStore.open(copy, hand_back=Owner().hand_back)) as store:
        assert [str(problem) for problem in store.check().problems] == []
        assert store.converse("acme", "chat", "k", now=0).messages == [{"role": "user", "content": "hello"}]
    shutil.rmtree(copy)


def _version(folder: Path) -> Any:
    with closing(apsw.Connection(str(folder / "data" / DATA_FILE))) as database:
        return database.pragma("user_version"), database.pragma("integrity_check")


STORIES = {
    "answers": Story(_project, _look_at_runs, _outputs),
    "forked": Story(_project_with_run, _look_at_runs, _outputs),
    "appended": Story(lambda folder: None, _look_at_appends, _appends),
    "imported": Story(_file_of_runs, _look_at_import, lambda folder: journals(folder / "data")),
    "pruned": Story(_folder_to_prune, _look_at_prune, lambda folder: journals(folder / "data")),
    "backed_up": Story(_folder_to_copy, _look_at_backup, lambda folder: _content(folder / "backup.db")),
    "restored": Story(_folder_to_restore, _look_at_restore, _restored),
    "opened": Story(_folder_of_version_1, _look_at_version, _version),
}
