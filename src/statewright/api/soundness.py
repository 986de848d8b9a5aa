"""Proves a data folder: every stored byte, every decision, and whether the index says what the journals tell."""

from __future__ import annotations

import msgspec

from statewright.api.project import Project
from statewright.api.records import Divergence, Health, IndexRow
from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.hosts.lane import Lane
from statewright.store.remembering import UNLIMITED


def proven(project: Project) -> Health:
    """Returns what is stored, and everything that is wrong with it; also while a host writes there."""
    health = project.health()
    damaged = " ".join(problem.message for problem in health.problems)
    rows = [row for row in project.rows(limit=UNLIMITED) if repr(row.run) not in damaged]
    retold = [problem for row in rows for problem in _retold(project, row)]
    return msgspec.structs.replace(health, problems=[*health.problems, *retold])


def diverged(run: str, at: Divergence) -> StatewrightError:
    """Returns the problem that a divergence is."""
    key = f" in {at.key!r}" if at.key and at.key not in at.problem else ""
    return StatewrightError(
        "REPLAY_DIVERGED",
        f"run {run!r}, record {at.seq}: {at.problem}{key}",
        hint=f"see what was recorded with: statewright runs events {run}",
        exit_code=EXIT_DIVERGED,
    )


def _retold(project: Project, row: IndexRow) -> list[StatewrightError]:
    """Decides a run's journal again, and compares what the index should say of it with what it says."""
    run = project.find(row.run)
    try:
        program = run.program()
        folded = run.replay(until=row.seq)
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
