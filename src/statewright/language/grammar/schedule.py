"""When a workflow starts by itself (workflows.md 2.15)."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.cron import cron_problem
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import AnyMap, Boolean, Choice, Duration, Text
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader


def _cron(at: At, kept: dict[str, Json], reader: Reader) -> None:
    entry = at.get("cron")
    problem = cron_problem(entry.value) if entry is not None and isinstance(entry.value, str) else None
    if entry is not None and problem is not None:
        reader.problems.error(problem.code, problem.message, entry, hint=problem.hint)


def _ends_after_it_starts(at: At, kept: dict[str, Json], reader: Reader) -> None:
    """Moments of the same offset compare as texts; others are left to the scheduler."""
    start, end, entry = kept.get("start_at"), kept.get("end_at"), at.get("end_at")
    if (
        isinstance(start, str)
        and isinstance(end, str)
        and entry is not None
        and start[19:] == end[19:]
        and end <= start
    ):
        reader.problems.error("RANGE", "a schedule ends after it starts", entry, hint=f"later than {start}")


SCHEDULE = Entity(
    "schedule",
    "a schedule",
    "When a workflow starts by itself.",
    (
        Field("cron", Text(), "Minute, hour, day, month and weekday; or `@daily`, `@every 15m`.", required=True),
        Field("timezone", Text(format="timezone"), "The time zone of the clock that it follows.", default="UTC"),
        Field("enabled", Boolean(), "Whether it starts anything.", default=True),
        Field("jitter", Duration(least=0), "By how much a start may be late, so that not all start at once."),
        Field(
            "overlap_policy",
            Choice(("skip", "allow", "buffer_one", "cancel_other")),
            "What happens when the last run is not finished.",
            default="skip",
        ),
        Field("start_at", Text(format="rfc3339"), "Nothing starts before this moment."),
        Field("end_at", Text(format="rfc3339"), "Nothing starts after this moment."),
        Field("input", AnyMap(), "What the runs are started with.", default={}),
    ),
    rules=(_cron, _ends_after_it_starts),
    available=False,
)
