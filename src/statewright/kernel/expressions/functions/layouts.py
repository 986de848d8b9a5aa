"""Go's date layouts: a layout is how 2006-01-02T15:04:05 MST would be written; formatting and parsing by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from statewright.kernel.expressions.evaluate import ExpressionError

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UTC_NAME = "UTC"
# A project has a few short layouts and uses them over and over; a longer one is made of data.
LAYOUTS_KEPT = 256
LAYOUT_KEPT_LENGTH = 256
UTC_ABBREVIATIONS = frozenset({UTC_NAME, "GMT", "Z"})

# The longest match comes first; `Jan` in `January` is the month, `Jane` is a name.
_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|002|01|02|03|04|05|06|15|_2(?!006)|PM|pm"
    r"|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,]0+(?![0-9])|[.,]9+(?![0-9])|[12345]"
)

# How many of hours, minutes, seconds an offset has, by the length of its layout.
OFFSET_PARTS = {3: 1, 5: 2, 6: 2, 7: 3, 9: 3}

# A message shows so much of a text that is no date, and of a layout: either can be as long as a file.
SHOWN_MAX = 60

Write = Callable[[datetime], str]


def formatted(moment: datetime, layout: str) -> str:
    """Returns the date as the layout shows it."""
    writers = _kept(layout) if len(layout) <= LAYOUT_KEPT_LENGTH else _writers(layout)
    return "".join([part if write is None else write(moment) for part, write in writers])


def parsed(text: str, layout: str, *, any_zone: bool = False) -> datetime:
    """Reads a date written by the layout; what the layout does not say is the beginning of year 1, in no zone.

    An abbreviation does not say how far from UTC a zone is. With `any_zone` it is taken for UTC, as Go does.
    """
    fields: dict[str, str] = {}
    at = begin = 0
    for element in _ELEMENT.finditer(layout):
        at = _literally(text, at, layout[begin : element.start()], layout)
        begin = element.end()
        match = _reading(element.group()).match(text, at)
        if match is None:
            raise _unlike(text, layout)
        fields.update({name: value for name, value in match.groupdict().items() if value is not None})
        at = match.end()
    if _literally(text, at, layout[begin:], layout) < len(text):
        raise _unlike(text, layout)
    if not any_zone and fields.get("zone", UTC_NAME) not in UTC_ABBREVIATIONS:
        hint = "write the offset: 2006-01-02T15:04:05Z07:00"
        message = f"the abbreviation {fields['zone']!r} does not say how far from UTC it is"
        raise ExpressionError("EXPR_DATE", message, hint=hint)
    try:
        return _built(fields)
    except (ValueError, OverflowError):
        raise ExpressionError("EXPR_DATE", f"there is no date {text[:SHOWN_MAX]!r}") from None


def _literally(text: str, at: int, expected: str, layout: str) -> int:
    if not text.startswith(expected, at):
        raise _unlike(text, layout)
    return at + len(expected)


def _unlike(text: str, layout: str) -> ExpressionError:
    message = f"{text[:SHOWN_MAX]!r} is not a date of the form {layout[:SHOWN_MAX]!r}"
    return ExpressionError("EXPR_DATE", message)


def zone_name(moment: datetime) -> str:
    """Returns what a date's zone is called: its abbreviation, else its offset."""
    name = moment.tzname() or UTC_NAME
    # Python's own name of an offset: UTC+05:30.
    return offset_text(moment, "-0700") if name.startswith("UTC") and name != UTC_NAME else name


def offset_text(moment: datetime, element: str) -> str:
    """Returns the offset from UTC: `-07:00` always has digits, `Z07:00` is Z for UTC."""
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    if element.startswith("Z") and not seconds:
        return "Z"
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    parts = [f"{seconds // 3600:02d}", f"{seconds // 60 % 60:02d}", f"{seconds % 60:02d}"]
    count = OFFSET_PARTS[len(element)]
    return sign + (":" if ":" in element else "").join(parts[:count])


@lru_cache(maxsize=LAYOUTS_KEPT)
def _kept(layout: str) -> tuple[tuple[str, Write | None], ...]:
    return _writers(layout)


def _writers(layout: str) -> tuple[tuple[str, Write | None], ...]:
    """Returns a layout in parts: text that stands for itself, and elements with what writes them."""
    parts: list[tuple[str, Write | None]] = []
    at = 0
    for element in _ELEMENT.finditer(layout):
        parts += ((layout[at : element.start()], None), (element.group(), _writer(element.group())))
        at = element.end()
    return (*parts, (layout[at:], None))


def _writer(element: str) -> Write:
    if element in _WRITERS:
        return _WRITERS[element]
    if element[0] in "-Z":
        return lambda moment: offset_text(moment, element)
    return lambda moment: _fraction(moment, element)


def _fraction(moment: datetime, element: str) -> str:
    digits = f"{moment.microsecond:06d}000"
    if element[1] == "0":
        return element[0] + digits[: len(element) - 1].ljust(len(element) - 1, "0")
    trimmed = digits[: len(element) - 1].rstrip("0")
    return element[0] + trimmed if trimmed else ""


def _reading(element: str) -> re.Pattern[str]:
    """Returns what reads one element; elements are read one after the other, each as far as it goes."""
    if element in _READERS:
        return re.compile(_READERS[element])
    if element[0] in "-Z":
        zero = "Z|" if element[0] == "Z" else ""
        colon = ":" if ":" in element else ""
        digits = colon.join([r"\d\d"] * OFFSET_PARTS[len(element)])
        return re.compile(rf"(?P<offset>{zero}[+-]{digits})")
    return re.compile(r"[.,](?P<fraction>\d+)" if element[1] == "0" else r"(?:[.,](?P<fraction>\d+))?")


def _built(fields: dict[str, str]) -> datetime:
    year = int(fields["year"]) if "year" in fields else _century(fields.get("short_year"))
    month = _month(fields)
    hour = int(fields.get("hour", 0))
    half = fields.get("half", "").upper()
    if half == "PM" and hour < 12:
        hour += 12
    elif half == "AM" and hour == 12:
        hour = 0
    micro = int(fields.get("fraction", "0")[:6].ljust(6, "0"))
    minute, second = int(fields.get("minute", 0)), int(fields.get("second", 0))
    day = int(fields.get("day", 1))
    moment = datetime(year, month, day, hour, minute, second, micro, tzinfo=_zone(fields))
    if "year_day" in fields:
        moment = moment.replace(month=1, day=1) + timedelta(days=int(fields["year_day"]) - 1)
    return moment


def _month(fields: dict[str, str]) -> int:
    name = fields.get("month_name", "").lower()[:3]
    if name:
        return next(at for at, month in enumerate(MONTHS, 1) if month.lower().startswith(name))
    return int(fields.get("month", 1))


def _century(digits: str | None) -> int:
    if digits is None:
        return 1
    return int(digits) + (1900 if int(digits) >= 69 else 2000)


def _zone(fields: dict[str, str]) -> timezone | None:
    if "offset" not in fields and "zone" not in fields:
        return None
    offset = fields.get("offset", "Z")
    if offset == "Z":
        name = fields.get("zone", UTC_NAME)
        return UTC if name in ("Z", UTC_NAME) else timezone(timedelta(), name)
    digits = offset[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0), seconds=int(digits[4:6] or 0))
    return timezone(-span if offset[0] == "-" else span)


def _twelve(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _year_day(moment: datetime) -> int:
    return moment.timetuple().tm_yday


_WRITERS: dict[str, Write] = {
    "2006": lambda at: f"{at.year:04d}",
    "06": lambda at: f"{at.year % 100:02d}",
    "January": lambda at: MONTHS[at.month - 1],
    "Jan": lambda at: MONTHS[at.month - 1][:3],
    "01": lambda at: f"{at.month:02d}",
    "1": lambda at: str(at.month),
    "Monday": lambda at: DAYS[at.weekday()],
    "Mon": lambda at: DAYS[at.weekday()][:3],
    "02": lambda at: f"{at.day:02d}",
    "_2": lambda at: f"{at.day:2d}",
    "2": lambda at: str(at.day),
    "002": lambda at: f"{_year_day(at):03d}",
    "__2": lambda at: f"{_year_day(at):3d}",
    "15": lambda at: f"{at.hour:02d}",
    "03": lambda at: f"{_twelve(at):02d}",
    "3": lambda at: str(_twelve(at)),
    "04": lambda at: f"{at.minute:02d}",
    "4": lambda at: str(at.minute),
    "05": lambda at: f"{at.second:02d}",
    "5": lambda at: str(at.second),
    "PM": lambda at: "PM" if at.hour >= 12 else "AM",
    "pm": lambda at: "pm" if at.hour >= 12 else "am",
    "MST": zone_name,
}
_READERS = {
    "2006": r"(?P<year>\d{4})",
    "06": r"(?P<short_year>\d\d)",
    "January": f"(?P<month_name>(?i:{'|'.join(MONTHS)}))",
    "Jan": f"(?P<month_name>(?i:{'|'.join(month[:3] for month in MONTHS)}))",
    "01": r"(?P<month>\d\d)",
    "1": r"(?P<month>\d{1,2})",
    "Monday": f"(?i:{'|'.join(DAYS)})",
    "Mon": f"(?i:{'|'.join(day[:3] for day in DAYS)})",
    "02": r"(?P<day>\d\d)",
    "_2": r" ?(?P<day>\d{1,2})",
    "2": r"(?P<day>\d{1,2})",
    "002": r"(?P<year_day>\d{3})",
    "__2": r" {0,2}(?P<year_day>\d{1,3})",
    "15": r"(?P<hour>\d\d)",
    "03": r"(?P<hour>\d\d)",
    "3": r"(?P<hour>\d{1,2})",
    "04": r"(?P<minute>\d\d)",
    "4": r"(?P<minute>\d{1,2})",
    "05": r"(?P<second>\d\d)",
    "5": r"(?P<second>\d{1,2})",
    "PM": r"(?P<half>AM|PM)",
    "pm": r"(?P<half>am|pm)",
    # Three capitals, or four or five that end in T, and two zones with names of their own.
    "MST": r"(?P<zone>ChST|MeST|[A-Z]{3,4}T|WITA|[A-Z]{3}|Z)",
}
