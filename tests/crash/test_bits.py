"""Rotten bits (I-04; F6): each flipped bit of a data folder is found, or nothing that can be read has changed by it.

A thousand places by `make soak`, a sample of them by `make test`. A bit is found when opening, a deep look or reading
says so. It is harmless when every row of every table reads as it was written: then it lies in room that is
free, or in an index or a cache that is made again.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest

import statewright
from statewright.api.soundness import proven
from statewright.errors import StatewrightError
from statewright.store.opening import DATA_FILE, new_schema
from statewright.store.queries import QUERIES
from tests.conftest import SOAKING
from tests.crash.sessions import FUNCTIONS
from tests.crash.stories import PROJECT
from tests.independent_reader import Broken, read_folder

LOG = f"{DATA_FILE}-wal"
FLIPS = 1_000 if SOAKING else 60
# Caches: what they say is proven before it is believed, and made again.
CACHES = ("snapshots", "chunks")
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A data folder with a bit of everything: as a crash leaves it, most of it in the log, and closed, without one."""
    folder = tmp_path_factory.mktemp("image") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__", ".statewright"))
    asyncio.run(_lived(folder, "first", "kept"))
    crashed = folder.with_name("crashed")
    asyncio.run(_lived(folder, "second", "", partial(_copied, folder, crashed, DATA_FILE, LOG)))
    closed = folder.with_name("closed")
    _copied(folder, closed, DATA_FILE)
    return {DATA_FILE: closed, LOG: crashed}


async def _lived(folder: Path, run: str, key: str, then: Callable[[], None] | None = None) -> None:
    async with statewright.open(folder, functions=FUNCTIONS) as project:
        started = await project.start("short", {"from": run}, id=run, key=key)
        await started.signal("go", {"ok": True, "text": "a large one would be most of the file"})
        await started.result()
        waiting = await project.start("short", id=f"{run}-waits")
        await waiting.pause("for a while")
        if then is not None:
            then()


def _copied(folder: Path, to: Path, *names: str) -> None:
    to.mkdir()
    for name in names:
        shutil.copy(folder / ".statewright" / name, to)


def flipped(image: Path, name: str, chance: random.Random) -> tuple[Path, int]:
    """Returns a project's folder with a copy of the data, one bit of a written byte turned over; and which byte."""
    folder = image.with_name("copy")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(image, folder / ".statewright")
    file = folder / ".statewright" / name
    data = bytearray(file.read_bytes())
    # Most of a young file is room that is all zeros, where a bit hurts nobody.
    place = chance.choice([place for place, byte in enumerate(data) if byte])
    data[place] ^= 1 << chance.randrange(8)
    file.write_bytes(data)
    return folder, place


async def looked(folder: Path) -> list[str]:
    """Returns the codes of what opening the folder, as a host does, and a deep look find."""
    try:
        async with statewright.open(PROJECT, data=str(folder / ".statewright"), functions=FUNCTIONS) as project:
            # Nobody can tell a last transaction that rotted from one that was never finished. Its end is told of.
            noticed = ["a warning" for _ in project.notices]
        async with statewright.open(PROJECT, write=False, data=str(folder / ".statewright")) as project:
            return [*noticed, *(problem.code for problem in proven(project).problems)]
    except StatewrightError as error:
        return [error.code]


def rows_of(folder: Path) -> Rows:
    """Returns every row of every table."""
    with closing(new_schema()) as made:
        tables = [name for type, name, *_ in made.execute(QUERIES["tables"]) if type == "table" and name not in CACHES]
    with closing(apsw.Connection(str(folder / ".statewright" / DATA_FILE))) as database:
        return {table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}


@pytest.mark.soak
@pytest.mark.timeout(3_600 if SOAKING else 120)
@pytest.mark.parametrize("name", [DATA_FILE, LOG])
def test_no_flipped_bit_passes_for_what_was_written(images: dict[str, Path], name: str) -> None:
    chance, image = random.Random(name), images[name]
    whole = image.with_name(f"{image.name}-whole")
    shutil.copytree(image, whole / ".statewright", dirs_exist_ok=True)
    assert asyncio.run(looked(whole)) == []
    truth, records = rows_of(whole), read_folder(whole / ".statewright")
    met: Counter[str] = Counter()
    for _ in range(FLIPS):
        folder, place = flipped(image, name, chance)
        found = asyncio.run(looked(folder))
        if found:
            met.update(["found", *set(found)])
            continue
        try:
            rows = rows_of(folder)
            assert rows == truth, f"byte {place} of {name} was flipped, nobody noticed, and these differ: " + ", ".join(
                table for table in truth if rows.get(table) != truth[table]
            )
            assert read_folder(folder / ".statewright") == records
        except (apsw.Error, Broken) as unread:
            pytest.fail(f"byte {place} of {name} was flipped, nobody noticed, and it cannot be read: {unread}")
        met["harmless"] += 1
    print(f"{name}: {dict(met)}")
    assert met["found"] + met["harmless"] == FLIPS
