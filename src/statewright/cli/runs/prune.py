"""`statewright runs prune`: forgets runs that ended long ago, with everything that only they need."""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.api.folder import forget
from statewright.api.records import Pruned
from statewright.cli.options import HERE, Flag, Place, Told
from statewright.cli.terminal import emit, several, to_json
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.language.yaml.durations import DURATION_MAX, parse_duration

Ended = Literal["done", "failed", "cancelled", "terminated"]


def prune(
    *, older_than: str, status: Ended | None = None, dry_run: Flag = False, output: Told = "text", place: Place = HERE
) -> int:
    """Forget runs that have ended: journals, and the large values and definitions that nobody else needs.

    Parameters
    ----------
    older_than
        How long ago they ended at least: 30d, 12h, 0s.
    status
        Only runs that ended so.
    dry_run
        Only tell what would go.
    """
    age = parse_duration(older_than)
    if age is None or age > DURATION_MAX:
        message, hint = f"--older-than {older_than!r} is no span of time", "write it as in: --older-than 30d"
        raise StatewrightError("DURATION_INVALID", message, hint=hint)
    pruned = forget(place.settings(), age, status=status or "", dry_run=dry_run)
    if output == "json":
        emit(to_json({"dry_run": dry_run, **msgspec.structs.asdict(pruned)}))
    else:
        emit(_text(pruned, is_dry=dry_run))
    return EXIT_DONE


def _text(pruned: Pruned, *, is_dry: bool) -> str:
    what = f"{several(pruned.runs, 'run')}, {several(pruned.records, 'record')}"
    kept = f"; {several(pruned.kept, 'run')} kept for runs that are still open" if pruned.kept else ""
    if is_dry:
        return f"would forget {what}{kept}"
    return f"forgot {what}, {several(pruned.values, 'large value')}{kept}"
