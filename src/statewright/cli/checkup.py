"""What `doctor` finds, and its deep look: every stored byte, and whether the index says what the journals tell."""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.api.opening import opened
from statewright.api.records import Health
from statewright.api.soundness import proven
from statewright.cli.terminal import several
from statewright.errors import StatewrightError
from statewright.settings.place import Settings

# Past this a list says nothing more; the folder needs its backup.
PROBLEMS_SHOWN_MAX = 50
# Snapshots cost nothing when they cannot be used; more than a few say that the disk is at fault.
UNUSABLE_MAX = 5
MIB = 1024 * 1024
# Less than this is what any file has to spare.
FREE_TOLD = MIB
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
        async with opened(msgspec.structs.replace(settings, operator=None), project=False, write=False) as project:
            health = proven(project)
    except StatewrightError as error:
        health = Health(problems=[error])
    found = [Finding(_NAME, "fail", f"{problem.code}: {problem.message}", problem.hint) for problem in health.problems]
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
    if health.strays:
        detail = f"{several(health.strays, 'part')} of snapshots that were never finished"
        found.append(Finding(_NAME, "warn", detail, "they only cost room: statewright runs prune"))
    found += [Finding(_NAME, "warn", f"{one.code}: {one.message}", one.hint) for one in health.unusable[:UNUSABLE_MAX]]
    if health.free >= FREE_TOLD:
        detail = f"{health.free // MIB} MiB of the data file are free: new runs take them first"
        found.append(Finding(_NAME, "ok", detail, "statewright runs prune gives them back"))
    return found
