"""Points in time: what a template holds when it has a date, and how one is read from ISO 8601 or seconds.

Nothing here reads a clock or the machine's zone; where a zone is not said it is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from difflib import get_close_matches
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.layouts import formatted, zone_name
from statewright.kernel.expressions.functions.zones import is_zone, zone, zone_names
from statewright.kernel.expressions.operators import kind_of
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO = "2006-01-02T15:04:05Z07:00"
ISO_FINE = "2006-01-02T15:04:05.000Z07:00"
GO_TEXT = "2006-01-02 15:04:05.999999999 -0700 MST"
UTC_NAMES = frozenset({"", "UTC", "Z", "Local"})
# No zone has a longer name; of what is none so much is shown.
ZONE_SHOWN_MAX = 40
_SECOND = timedelta(seconds=1)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?")
# No zone has a longer name; what is no zone can be as long as a file.
NAME_SHOWN_MAX = 64
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


def iso_utc(ms: int) -> str:
    """Returns a time in milliseconds since 1970 as ISO 8601, in UTC."""
    return str(Moment(EPOCH + timedelta(milliseconds=ms)).plain())


def present(run: Run) -> datetime:
    """Returns the time of the event that is decided."""
    return EPOCH + timedelta(milliseconds=run.now_ms)


def moment(run: Run, value: Any) -> datetime:
    """Reads a date: one of `now` and `toDate`, seconds since 1970, or ISO 8601."""
    if isinstance(value, Moment):
        return value.at_time
    try:
        if type(value) is int:
            return EPOCH + timedelta(seconds=value)
        if isinstance(value, str) and not run.go:
            return _iso(value)
    except (ValueError, OverflowError):
        raise ExpressionError("EXPR_DATE", f"there is no date {value!r}") from None
    if run.go:
        # Sprig takes the present for everything that is no date.
        return present(run)
    raise ExpressionError("EXPR_DATE", f"expected a date, got {kind_of(value)}")


def in_zone(run: Run, at: datetime, name: str) -> datetime:
    """Returns the same instant as clocks in a zone show it."""
    try:
        if name in UTC_NAMES:
            return at.astimezone(UTC)
        if is_zone(name):
            offset, abbreviation = zone(name).at((at - EPOCH) // _SECOND)
            return at.astimezone(timezone(timedelta(seconds=offset), abbreviation))
        return at.astimezone(_offset(run, name))
    except (OverflowError, ValueError):
        raise ExpressionError("EXPR_DATE", "this date is outside of the years 1 to 9999 there") from None


def of_zone(run: Run, local: datetime, name: str) -> datetime:
    """Returns the instant at which clocks in a zone show a local time."""
    if name in UTC_NAMES or not is_zone(name):
        return local.replace(tzinfo=_offset(run, name))
    shown = (local.replace(tzinfo=UTC) - EPOCH) // _SECOND
    try:
        instant = zone(name).instant(shown)
        return in_zone(run, local.replace(tzinfo=UTC) + timedelta(seconds=instant - shown), name)
    except (OverflowError, ValueError):
        raise ExpressionError("EXPR_DATE", "this date is outside of the years 1 to 9999 there") from None


def _iso(text: str) -> datetime:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        hint = "write 2026-01-31 or 2026-01-31T12:00:00Z, or read it with toDate"
        raise ExpressionError("EXPR_DATE", f"{text!r} is not a date", hint=hint)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micro = int((match.group(7) or "")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=_fixed(match.group(8) or ""))


def _offset(run: Run, name: str) -> timezone:
    """Returns what is no IANA zone: UTC by another name, or an offset; Sprig knows none and takes UTC."""
    if run.go:
        return UTC
    if name not in UTC_NAMES and _OFFSET.fullmatch(name) is None:
        name = name[:NAME_SHOWN_MAX]
        name = name[:ZONE_SHOWN_MAX]
        close = get_close_matches(name, zone_names(), 3)
        hint = f"did you mean {' or '.join(close)}?" if close else "use a name such as Europe/Berlin, UTC or +02:00"
        raise ExpressionError("EXPR_ZONE_UNKNOWN", f"the time zone {name!r} is not known", hint=hint)
    try:
        return _fixed(name)
    except ValueError:
        raise ExpressionError("EXPR_ZONE_UNKNOWN", f"{name!r} is more than a day") from None


def _fixed(text: str) -> timezone:
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return UTC
    span = timedelta(hours=int(offset.group(2)), minutes=int(offset.group(3)))
    return timezone(-span if offset.group(1) == "-" else span)


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
