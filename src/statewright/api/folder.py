"""What is done with a data folder as a whole, without a project: copied, restored, filled, thinned out, given away."""

from __future__ import annotations

from pathlib import Path

from statewright.api.project import Project
from statewright.api.records import Moved, Pruned
from statewright.app.ids import now
from statewright.hosts.retelling import Retelling
from statewright.language.loader import load_definition
from statewright.settings.place import Settings
from statewright.store import importing
from statewright.store.backup import back_up, restore
from statewright.store.forgetting import Which
from statewright.store.lock import is_owned
from statewright.store.placing import placed, unwritable
from statewright.store.pruning import prune, would_prune

__all__ = ["back_up", "export", "forget", "import_runs", "is_owned", "put", "restore"]


def export(project: Project, target: Path, run: str = "") -> Moved:
    """Writes a run, or all of them, to a new file as JSON Lines; raises `FILE_EXISTS` and `OUTPUT_UNWRITABLE`."""
    with placed(target) as partial:
        try:
            with partial.open("wb") as file:
                return project.export(lambda line: file.write(line + b"\n"), run)
        except OSError as fault:
            raise unwritable(target, fault.strerror or str(fault)) from fault


def forget(settings: Settings, age_ms: int, *, status: str = "", dry_run: bool = False) -> Pruned:
    """Forgets runs that ended so long ago, with everything that only they need; with `dry_run` it only counts them."""
    which = Which(settings.tenant, now() - age_ms, status)
    return would_prune(settings.data, which) if dry_run else prune(settings.data, which)


def import_runs(source: Path, folder: Path) -> Moved:
    """Takes exported runs in, proven again: all of a file or nothing.

    Raises `EXPORT_INVALID`, `EXPORT_VERSION`, `RUN_DIFFERS`, `JOURNAL_CORRUPT`, `INDEX_WRONG` or `RUN_DIVERGED`.
    """
    return importing.import_runs(source, folder, Retelling(load_definition))


def put(target: Path, text: str) -> None:
    """Writes a new file, whole or not at all; raises `FILE_EXISTS` and `OUTPUT_UNWRITABLE`."""
    with placed(target) as partial:
        partial.write_text(text, "utf-8")
