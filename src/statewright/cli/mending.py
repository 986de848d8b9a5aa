"""Makes the edits that diagnostics offer: in memory until nothing more is to be mended, then in the files.

A file is written whole or not at all, and never over something that changed since it was read.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from statewright.api.checking import Folder, load_project
from statewright.errors import EXIT_CONFLICT, EXIT_NOT_ALLOWED, StatewrightError
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.edits import applied
from statewright.language.loader import Loaded
from statewright.settings.place import Settings

# A mended file shows mistakes that stood behind the first ones; more rounds than this are no progress.
ROUNDS_MAX = 20
# Where a round as a whole makes things worse, so many of its fixes are tried by themselves.
SINGLE_MAX = 50
# A fix that brings one of these was none.
_WORSE = frozenset({"YAML_SYNTAX", "YAML_DUPLICATE_KEY", "ID_DUPLICATE"})
_MARK = "\ufeff"


@dataclass(frozen=True)
class Mended:
    """What the project comes to with the edits made: files as they were and as they would be, and what is left."""

    loaded: Loaded
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)

    def diff(self) -> str:
        """Returns the changes as a unified diff."""
        lines: list[str] = []
        for file in sorted(self.after):
            old, new = (_lines(side[file]) for side in (self.before, self.after))
            lines += difflib.unified_diff(old, new, f"a/{file}", f"b/{file}", lineterm="")
        return "\n".join(lines)


def mend(settings: Settings, loaded: Loaded) -> Mended:
    """Makes all edits in memory, reads the project again, and goes on while that brings up more of them."""
    folder = Folder(settings.folder)
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for _ in range(ROUNDS_MAX):
        for file in loaded.sources:
            before.setdefault(file, folder.read(file) or b"")
        found = _round(settings, loaded, {**before, **after})
        if found is None:
            break
        loaded, changed = found
        after |= changed
    return Mended(loaded, {file: before[file] for file in after}, after)


def write(settings: Settings, mended: Mended) -> None:
    """Writes the changed files; raises `FILE_CHANGED` before the first one where any is not what was read."""
    folder = Folder(settings.folder)
    for file, data in mended.before.items():
        if folder.read(file) != data:
            hint = "check it again"
            raise StatewrightError("FILE_CHANGED", f"{file} was changed meanwhile", hint=hint, exit_code=EXIT_CONFLICT)
    for file, data in mended.after.items():
        _replace((settings.folder / file).resolve(), data)


def _round(settings: Settings, loaded: Loaded, data: dict[str, bytes]) -> tuple[Loaded, dict[str, bytes]] | None:
    """Returns the project after one round of edits; None where there is nothing more to mend."""
    offered = [found for found in loaded.diagnostics if found.fix]
    whole = _attempt(settings, loaded, data, offered)
    if whole is not None or len(offered) < 2:
        return whole
    tried = (_attempt(settings, loaded, data, [found]) for found in offered[:SINGLE_MAX])
    return next((one for one in tried if one is not None), None)


def _attempt(
    settings: Settings, loaded: Loaded, data: dict[str, bytes], offered: list[Diagnostic]
) -> tuple[Loaded, dict[str, bytes]] | None:
    texts = {file: content.decode("utf-8", "replace").removeprefix(_MARK) for file, content in data.items()}
    edited = applied(texts, (found.fix for found in offered))
    changed = {file: _encoded(text, data[file]) for file, text in edited.items()}
    if not changed:
        return None
    again = load_project(settings, {**data, **changed})
    gone = _named(offered) - _named(again.diagnostics)
    worse = {found.code for found in again.diagnostics} - {found.code for found in loaded.diagnostics}
    return (again, changed) if gone and not worse & _WORSE else None


def _named(found: Iterable[Diagnostic]) -> set[tuple[str, str, str]]:
    return {(one.code, one.file, one.message) for one in found}


def _encoded(text: str, before: bytes) -> bytes:
    mark = _MARK if before.startswith(_MARK.encode()) else ""
    return (mark + text).encode()


def _replace(path: Path, data: bytes) -> None:
    """Puts the file in place of the old one, with its mode, as one step."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True) if temporary else None
        message = f"{path.name} cannot be written: {error.strerror}"
        hint = "check the mode of the file and its folder; see the changes with --fix --dry-run"
        raise StatewrightError("FILE_UNWRITABLE", message, hint=hint, exit_code=EXIT_NOT_ALLOWED) from error


def _lines(data: bytes) -> list[str]:
    # For people to read: how lines end stays as it is in the file.
    return data.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\n").split("\n")
