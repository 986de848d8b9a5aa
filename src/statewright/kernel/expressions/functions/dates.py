"""Dates of Sprig. `now` is the time of the event that is decided; nothing here reads a clock or the machine's zone.

Sprig passes over what it cannot read: it takes the present, the year 1, or leaves a date as it was. So does Go mode; in
workflow mode each of these is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.durations import SECOND, duration, duration_text, rounded_text
from statewright.kernel.expressions.functions.layouts import formatted, parsed
from statewright.kernel.expressions.functions.moments import EPOCH, Moment, in_zone, moment, of_zone, present
from statewright.kernel.expressions.functions.numbers import whole
from statewright.kernel.expressions.functions.signature import Function, unfit
from statewright.kernel.expressions.run import Run

HTML_DATE = "2006-01-02"
COST = 5
# Reading builds a date element by element.
READ_COST = 20
# The first time in a zone reads its data.
ZONE_COST = 20
# What Go's time is before it is set.
ZERO = datetime(1, 1, 1, tzinfo=UTC)


def now(run: Run) -> Moment:
    """Returns the time of the event that is decided."""
    return Moment(present(run))


def date(run: Run, layout: str, value: Any) -> str:
    """Writes a date by a Go layout, in UTC."""
    return date_in_zone(run, layout, value, "UTC")


def date_in_zone(run: Run, layout: str, value: Any, zone: str) -> str:
    """Writes a date by a Go layout, in a zone: Europe/Berlin, UTC, or an offset such as +02:00."""
    return formatted(in_zone(run, moment(run, value), zone), layout)


def html_date(run: Run, value: Any) -> str:
    """Writes the day as HTML has it."""
    return date(run, HTML_DATE, value)


def html_date_in_zone(run: Run, value: Any, zone: str) -> str:
    """Writes the day in a zone."""
    return date_in_zone(run, HTML_DATE, value, zone)


def to_date(run: Run, layout: str, text: str) -> Moment:
    """Reads a date by a Go layout; what says no zone is in UTC."""
    return to_date_in_zone(run, layout, text, "UTC")


def to_date_in_zone(run: Run, layout: str, text: str, zone: str) -> Moment:
    """Reads a date by a Go layout; what says no zone is in this one."""
    read = parsed(text, layout, any_zone=run.go)
    return Moment(read if read.tzinfo is not None else of_zone(run, read, zone))


def date_modify(run: Run, span: str, value: Any) -> Moment:
    """Moves a date by a duration."""
    if run.go and not isinstance(value, Moment):
        raise unfit("time.Time", value)
    try:
        return Moment(moment(run, value) + timedelta(microseconds=duration(span) // 1000))
    except OverflowError:
        raise ExpressionError("EXPR_DATE", "there is no such date") from None


def ago(run: Run, value: Any) -> str:
    """Returns how long ago a date is, to the second."""
    elapsed = _elapsed(run, value)
    rounded = (abs(elapsed) + SECOND // 2) // SECOND * SECOND
    return duration_text(-rounded if elapsed < 0 else rounded)


def seconds_text(value: Any) -> str:
    """Writes seconds as a duration."""
    return duration_text(whole(value) * SECOND)


def duration_round(run: Run, value: Any) -> str:
    """Writes a duration, or the time since a date, in its largest unit alone."""
    if isinstance(value, Moment):
        return rounded_text(_elapsed(run, value))
    if isinstance(value, str):
        return rounded_text(duration(value))
    return rounded_text(value if type(value) is int else 0)


def unix_epoch(run: Run, value: Any) -> str:
    """Writes a date as seconds since 1970."""
    if run.go and not isinstance(value, Moment):
        raise unfit("time.Time", value)
    return str((moment(run, value) - EPOCH) // timedelta(seconds=1))


def _elapsed(run: Run, value: Any) -> int:
    return (present(run) - moment(run, value)) // timedelta(microseconds=1) * 1000


def _or_else(call: Callable[..., Any], fallback: Callable[..., Any]) -> Callable[..., Any]:
    """A function of Go mode that gives something else for what it cannot read."""

    def apply(run: Run, *values: Any) -> Any:
        try:
            return call(run, *values)
        except ExpressionError as error:
            if error.code != "EXPR_DATE":
                raise
            return fallback(*values)

    return apply


_IN_ZONE = Function(date_in_zone, "xts", subject=1, needs_run=True, cost=ZONE_COST)
_MODIFY = Function(date_modify, "st", needs_run=True, cost=COST)
_MODIFY_LENIENTLY = Function(_or_else(date_modify, lambda span, value: value), "st", needs_run=True, cost=COST)
_READ = Function(to_date, "SS", needs_run=True, cost=READ_COST)

FUNCTIONS = {
    "ago": Function(ago, "t", needs_run=True, cost=COST),
    "date": Function(date, "xt", needs_run=True, cost=COST),
    "dateInZone": _IN_ZONE,
    "dateModify": _MODIFY,
    "date_in_zone": _IN_ZONE,
    "date_modify": _MODIFY,
    "duration": Function(seconds_text, "v", cost=COST),
    "durationRound": Function(duration_round, "t", needs_run=True, cost=COST),
    "htmlDate": Function(html_date, "t", needs_run=True, cost=COST),
    "htmlDateInZone": Function(html_date_in_zone, "ts", subject=0, needs_run=True, cost=ZONE_COST),
    "mustDateModify": _MODIFY,
    "mustToDate": _READ,
    "must_date_modify": _MODIFY,
    "now": Function(now, "", needs_run=True, cost=COST),
    "toDate": _READ,
    "unixEpoch": Function(unix_epoch, "t", needs_run=True, cost=COST),
}
WORKFLOW_FUNCTIONS = {
    "toDateInZone": Function(to_date_in_zone, "SSs", subject=1, needs_run=True, cost=READ_COST + ZONE_COST),
}
GO_FUNCTIONS = {
    "dateModify": _MODIFY_LENIENTLY,
    "date_modify": _MODIFY_LENIENTLY,
    "durationRound": Function(_or_else(duration_round, lambda value: "0s"), "t", needs_run=True, cost=COST),
    "toDate": Function(_or_else(to_date, lambda layout, text: Moment(ZERO)), "SS", needs_run=True, cost=READ_COST),
}
