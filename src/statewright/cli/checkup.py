"""What `doctor` finds, and its deep look: every stored byte, and whether the index says what the journals tell."""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.app import App, open_app
from statewright.cli.journal import diverged
from statewright.cli.terminal import several
from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.hosts.lane import Lane
from statewright.settings.place import Settings
from statewright.store.contract import Health, IndexRow
from statewright.store.remembering import UNLIMITED

# Past this a list says nothing more; the folder needs its backup.
PROBLEMS_SHOWN_MAX = 50
_NAME = "journals"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, how it is, and what to do."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    fix: str = ""


async def look_deep(settings: Settings) -> list[Finding]:
    """Looks at everything in the data folder, also while a host writes it."""
    try:
        async with open_app(msgspec.structs.replace(settings, operator=None), project=False, write=False) as app:
            health = app.check_store()
            damaged = " ".join(problem.message for problem in health.problems)
            rows = [row for row in app.runs(limit=UNLIMITED) if repr(row.run) not in damaged]
            problems = [*health.problems, *(problem for row in rows for problem in _retold(app, row))]
    except StatewrightError as error:
        problems, health = [error], Health()
    found = [Finding(_NAME, "fail", f"{problem.code}: {problem.message}", problem.hint) for problem in problems]
    if len(found) > PROBLEMS_SHOWN_MAX:
        more = Finding(_NAME, "fail", f"{len(found) - PROBLEMS_SHOWN_MAX} more like these")
        found = [*found[:PROBLEMS_SHOWN_MAX], more]
    return [*found, *_told(health, is_sound=not found)]


def _told(health: Health, *, is_sound: bool) -> list[Finding]:
    found = []
    if is_sound:
        counts = f"{several(health.runs, 'run')}, {several(health.records, 'record')}"
        found.append(Finding(_NAME, "ok", f"{counts}: every chain, digest and index row holds"))
    if health.orphans:
        detail = f"{several(len(health.orphans), 'large value or definition')} that no run names"
        found.append(Finding(_NAME, "warn", detail, "they only cost room: statewright runs prune"))
    return found


def _retold(app: App, row: IndexRow) -> list[StatewrightError]:
    """Decides a run's journal again, and compares what the index should say of it with what it says."""
    try:
        program = app.program(row.program)
        folded = app.replay(row.run, until=row.seq)
    except StatewrightError as error:
        return [error]
    if folded.divergence is not None:
        return [diverged(row.run, folded.divergence)]
    told = Lane(program, lambda digest: None, folded).row()
    different = [name for name in IndexRow.__struct_fields__ if getattr(row, name) != getattr(told, name)]
    if not different:
        return []
    said = ", ".join(f"{name} is {getattr(row, name)!r} and not {getattr(told, name)!r}" for name in different)
    message = f"the index of run {row.run!r} does not say what its {row.seq} records tell: {said}"
    return [
        StatewrightError(
            "INDEX_WRONG", message, hint="keep a copy of the folder, then restore a backup", exit_code=EXIT_DIVERGED
        )
    ]
