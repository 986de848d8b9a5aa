"""Dates of Sprig. `now` is the time of the event that is decided; nothing here reads a clock or the machine's zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.durations import SECOND, duration, duration_text, rounded_text
from statewright.kernel.expressions.functions.layouts import formatted, parsed, zone_name
from statewright.kernel.expressions.functions.numbers import whole
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.operators import kind_of
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HTML_DATE = "2006-01-02"
ISO = "2006-01-02T15:04:05Z07:00"
ISO_FINE = "2006-01-02T15:04:05.000Z07:00"
GO_TEXT = "2006-01-02 15:04:05.999999999 -0700 MST"
COST = 5
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


class Moment(View):
    """A point in time: text in ISO 8601, and a few of the methods that Go's time has."""

    go_type = "time.Time"

    def __init__(self, at: datetime) -> None:
        self.at_time = at

    def get(self, key: str) -> Any:
        """Returns what a method without arguments answers."""
        return _PARTS[key](self.at_time) if key in _PARTS else MISSING

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields the parts."""
        for name in _PARTS:
            yield name, self.get(name)

    def length(self) -> int:
        """A moment is never empty."""
        return len(_PARTS)

    def plain(self) -> Json:
        """Returns ISO 8601, in UTC as `…Z`, with milliseconds where there are any."""
        return formatted(self.at_time, ISO_FINE if self.at_time.microsecond else ISO)

    def go_text(self) -> str:
        """Returns what Go prints."""
        return formatted(self.at_time, GO_TEXT)

    def call(self, name: str, args: list[Json]) -> Json:
        """Answers `Format`, and every part as a method without arguments."""
        if name == "Format" and len(args) == 1 and isinstance(args[0], str):
            return formatted(self.at_time, args[0])
        return self.get(name) if not args and name in _PARTS else super().call(name, args)


def now(run: Run) -> Moment:
    """Returns the time of the event that is decided."""
    return Moment(EPOCH + timedelta(milliseconds=run.now_ms))


def date(run: Run, layout: str, value: Any) -> str:
    """Writes a date by a Go layout, in UTC."""
    return formatted(moment(run, value), layout)


def date_in_zone(run: Run, layout: str, value: Any, zone: str) -> str:
    """Writes a date by a Go layout, in a zone: UTC, or an offset such as +02:00."""
    return formatted(moment(run, value).astimezone(_zone(zone)), layout)


def html_date(run: Run, value: Any) -> str:
    """Writes the day as HTML has it."""
    return date(run, HTML_DATE, value)


def html_date_in_zone(run: Run, value: Any, zone: str) -> str:
    """Writes the day in a zone."""
    return date_in_zone(run, HTML_DATE, value, zone)


def to_date(layout: str, text: str) -> Moment:
    """Reads a date by a Go layout."""
    return Moment(parsed(text, layout))


def date_modify(run: Run, span: str, value: Any) -> Moment:
    """Moves a date by a duration."""
    try:
        return Moment(moment(run, value) + timedelta(microseconds=duration(span) // 1000))
    except OverflowError:
        raise ExpressionError("EXPR_DATE", "there is no such date") from None


def ago(run: Run, value: Any) -> str:
    """Returns how long ago a date is, in whole seconds."""
    return duration_text(_elapsed(run, value) // SECOND * SECOND)


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
    return str((moment(run, value) - EPOCH) // timedelta(seconds=1))


def moment(run: Run, value: Any) -> datetime:
    """Reads a date: one of `now` and `toDate`, seconds since 1970, or ISO 8601."""
    if isinstance(value, Moment):
        return value.at_time
    try:
        if type(value) is int:
            return EPOCH + timedelta(seconds=value)
        if isinstance(value, str):
            return _iso(value)
    except (ValueError, OverflowError):
        raise ExpressionError("EXPR_DATE", f"there is no date {value!r}") from None
    raise ExpressionError("EXPR_DATE", f"expected a date, got {kind_of(value)}")


def _iso(text: str) -> datetime:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        hint = "write 2026-01-31 or 2026-01-31T12:00:00Z, or read it with toDate"
        raise ExpressionError("EXPR_DATE", f"{text!r} is not a date", hint=hint)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micro = int((match.group(7) or "")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=_zone(match.group(8) or ""))


def _zone(name: str) -> timezone:
    if name in ("", "UTC", "Z", "Local", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        hint = "use UTC or an offset such as +02:00"
        raise ExpressionError("EXPR_ZONE_UNKNOWN", f"the time zone {name!r} is not known", hint=hint)
    span = timedelta(hours=int(offset.group(2)), minutes=int(offset.group(3)))
    try:
        return timezone(-span if offset.group(1) == "-" else span)
    except ValueError:
        raise ExpressionError("EXPR_ZONE_UNKNOWN", f"{name!r} is more than a day") from None


def _elapsed(run: Run, value: Any) -> int:
    return (EPOCH + timedelta(milliseconds=run.now_ms) - moment(run, value)) // timedelta(microseconds=1) * 1000


_PARTS = {
    "Year": lambda at: at.year,
    "Month": lambda at: formatted(at, "January"),
    "Day": lambda at: at.day,
    "Hour": lambda at: at.hour,
    "Minute": lambda at: at.minute,
    "Second": lambda at: at.second,
    "Weekday": lambda at: formatted(at, "Monday"),
    "YearDay": lambda at: at.timetuple().tm_yday,
    "Unix": lambda at: (at - EPOCH) // timedelta(seconds=1),
    "UnixMilli": lambda at: (at - EPOCH) // timedelta(milliseconds=1),
    "Zone": zone_name,
}
_IN_ZONE = Function(date_in_zone, "Sts", subject=1, needs_run=True, cost=COST)
_MODIFY = Function(date_modify, "st", needs_run=True, cost=COST)
_READ = Function(to_date, "SS", cost=COST)

FUNCTIONS = {
    "ago": Function(ago, "t", needs_run=True, cost=COST),
    "date": Function(date, "St", needs_run=True, cost=COST),
    "dateInZone": _IN_ZONE,
    "dateModify": _MODIFY,
    "date_in_zone": _IN_ZONE,
    "date_modify": _MODIFY,
    "duration": Function(seconds_text, "v", cost=COST),
    "durationRound": Function(duration_round, "t", needs_run=True, cost=COST),
    "htmlDate": Function(html_date, "t", needs_run=True, cost=COST),
    "htmlDateInZone": Function(html_date_in_zone, "ts", subject=0, needs_run=True, cost=COST),
    "mustToDate": _READ,
    "must_date_modify": _MODIFY,
    "now": Function(now, "", needs_run=True, cost=COST),
    "toDate": _READ,
    "unixEpoch": Function(unix_epoch, "t", needs_run=True, cost=COST),
}
