"""What a disk has taken and not yet made durable, and what is left of it when the power goes.

Data: of each file's unsynced writes a random part arrives, in order or not, the last of them torn at any byte. Names:
those that were not synced with their folder are undone from the end, as file systems with a log of their own do it.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec


class _Write(msgspec.Struct, frozen=True):
    offset: int
    data: bytes
    before: bytes
    size: int  # of the file before


class _Name(msgspec.Struct):
    """A change of names, how to take it back, and the folders that must be synced for it to last."""

    folders: set[str]
    undo: Callable[[], object]


class Unsynced:
    """Keeps account of one process. `lose` is the last thing that it does."""

    def __init__(self, spare: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._spare = spare
        self._kept = 0
        self._writes: dict[str, list[_Write]] = {}
        self._names: list[_Name] = []
        # The functions themselves: those in `os` may be ours by now.
        self._rename, self._unlink, self._link = os.rename, os.unlink, os.link

    def wrote(self, path: str, offset: int, data: bytes, before: bytes, size: int) -> None:
        """Notes a write, or a cut where there is no data."""
        self._writes.setdefault(path, []).append(_Write(offset, data, before, size))

    def synced(self, path: str) -> None:
        """Forgets what is durable now: a file's writes, or the names in a folder."""
        self._writes.pop(path, None)
        for name in self._names:
            name.folders.discard(path)
        # A file system writes its log in order: what came before a durable name is durable.
        lasting = max((at for at, name in enumerate(self._names) if not name.folders), default=-1)
        del self._names[: lasting + 1]

    def synced_descriptor(self, found: os.stat_result) -> None:
        """Like `synced`, for what a descriptor is open on."""
        known = {*self._writes, *(folder for name in self._names for folder in name.folders)}
        for path in [path for path in known if os.path.exists(path) and os.path.samestat(os.stat(path), found)]:
            self.synced(path)

    def created(self, path: str) -> None:
        """Notes a new file."""
        self._note(lambda: self._unlink(path), path)

    def unlinking(self, path: str) -> None:
        """Notes that a name is about to go."""
        if os.path.lexists(path):
            spare = self._spared(path)
            self._note(lambda: self._rename(spare, path), path)

    def naming(self, act: str, first: str, second: str = "") -> None:
        """Notes a change of names that is about to happen."""
        if act == "unlink":
            self.unlinking(first)
        elif act == "mkdir":
            if not os.path.exists(first):
                self._note(lambda: shutil.rmtree(first), first)
        elif act == "link":
            if not os.path.lexists(second):
                self._note(lambda: self._unlink(second), second)
        elif os.path.exists(first):
            self.unlinking(second)
            self._writes[second] = self._writes.pop(first, [])
            self._note(lambda: self._rename(second, first), first, second)

    def lose(self) -> None:
        """Does to the files what a power failure at this moment may do."""
        for path, writes in self._writes.items():
            if os.path.exists(path):
                self._tear(path, writes)
        lasting = self._chance.randint(0, len(self._names))
        for name in reversed(self._names[lasting:]):
            name.undo()

    def _tear(self, path: str, writes: list[_Write]) -> None:
        with open(path, "r+b") as file:
            for write in reversed(writes):
                file.seek(write.offset)
                file.write(write.before)
                file.truncate(write.size)
            for write in self._arrived(writes):
                if write.data:
                    file.seek(write.offset)
                    file.write(write.data)
                else:
                    file.truncate(write.offset)

    def _arrived(self, writes: list[_Write]) -> Iterator[_Write]:
        """Yields what reached the disk: a beginning of it, or anything of it; the last one perhaps in part."""
        if self._chance.random() < 0.5:
            arrived = writes[: self._chance.randint(0, len(writes))]
        else:
            arrived = [write for write in writes if self._chance.random() < 0.5]
        yield from arrived[:-1]
        for last in arrived[-1:]:
            cut = self._chance.randint(0, len(last.data)) if last.data else 0
            if cut or not last.data:
                yield msgspec.structs.replace(last, data=last.data[:cut])

    def _spared(self, path: str) -> str:
        self._kept += 1
        spare = str(self._spare / f"{self._kept}")
        self._link(path, spare)
        return spare

    def _note(self, undo: Callable[[], object], *paths: str) -> None:
        self._names.append(_Name({os.path.dirname(path) for path in paths}, undo))
