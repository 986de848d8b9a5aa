"""Cron expressions: whether one can be read, and whether it ever comes true. When it fires next is the scheduler's.

Source: workflows.md 2.15, reliability.md B-037.
"""

from __future__ import annotations

import msgspec

from statewright.language.yaml.durations import parse_duration

MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
EVERY = "@every "
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# February's 29th comes true every few years.
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HINT = "minute, hour, day, month and weekday, as in 0 9 * * MON-FRI; or @daily, @every 15m"


class Part(msgspec.Struct, frozen=True):
    """One place of an expression and the numbers that may stand there."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    first: int = 0


_PARTS = (
    Part("minute", 0, 59),
    Part("hour", 0, 23),
    Part("day of the month", 1, 31),
    Part("month", 1, 12, _MONTHS, 1),
    Part("day of the week", 0, 7, _DAYS),
)
_SECOND = Part("second", 0, 59)


class CronProblem(msgspec.Struct, frozen=True):
    """Why an expression cannot be a schedule."""

    code: str
    message: str
    hint: str = HINT


def cron_problem(text: str) -> CronProblem | None:
    """Returns what is wrong with an expression, or None."""
    written = text.strip()
    if written.startswith("@"):
        return _macro_problem(written)
    parts: tuple[Part, ...] = _PARTS
    fields = written.split()
    if len(fields) == len(_PARTS) + 1:
        parts = (_SECOND, *_PARTS)
        if fields[0].startswith("*"):
            return _invalid(f"{text!r} has six parts, so it begins with the second, and no schedule is that busy")
    if len(fields) != len(parts):
        return _invalid(f"{text!r} has {len(fields)} parts, a cron expression has five")
    meant = []
    for part, field in zip(parts, fields, strict=True):
        numbers = _numbers(field, part)
        if numbers is None:
            return _invalid(f"{field!r} cannot be the {part.name} of a schedule: {part.least} to {part.most}")
        meant.append(numbers)
    return _never(text, meant[-3], meant[-2], fields[-1])


def _macro_problem(text: str) -> CronProblem | None:
    if text.startswith(EVERY):
        return None if parse_duration(text.removeprefix(EVERY)) else _invalid(f"{text!r} names no span of time")
    return None if text in MACROS else _invalid(f"there is no schedule {text!r}")


def _invalid(message: str) -> CronProblem:
    return CronProblem("CRON_INVALID", message)


def _never(text: str, days: frozenset[int], months: frozenset[int], weekday: str) -> CronProblem | None:
    """A day that none of the months has never comes, unless a weekday does as well."""
    if weekday not in ("*", "?") or not days or any(min(days) <= _LONGEST[month - 1] for month in months):
        return None
    message = f"{text!r} never comes true: no such month has a day {min(days)}"
    return CronProblem("CRON_NEVER", message, "choose a day that the month has, or L for its last one")


def _numbers(field: str, part: Part) -> frozenset[int] | None:
    """Returns what a field stands for; None where it cannot be read. The last day of a month has no number."""
    found: set[int] = set()
    for piece in field.split(","):
        numbers = _piece(piece, part)
        if numbers is None:
            return None
        found.update(numbers)
    return frozenset(found)


def _piece(text: str, part: Part) -> range | None:
    if text.upper() in ("L", "LW") and part.name == "day of the month":
        return range(0)
    span, slash, step = text.partition("/")
    if slash and (not step.isdecimal() or not 0 < int(step) <= part.most):
        return None
    if span in ("*", "?"):
        return range(part.least, part.most + 1, int(step) if slash else 1)
    if part.names == _DAYS and not slash:
        span = _occurrence_removed(span)
    first, dash, last = span.partition("-")
    low = _number(first, part)
    high = _number(last, part) if dash else part.most if slash else low
    if low is None or high is None:
        return None
    if high < low:
        # FRI-MON goes round the end.
        return range(part.least, part.most + 1)
    return range(low, high + 1, int(step) if slash else 1)


def _occurrence_removed(text: str) -> str:
    """`FRI#2` is the second Friday of a month, `5L` the last: a weekday all the same."""
    day, hash_, which = text.partition("#")
    if hash_:
        return day if which in ("1", "2", "3", "4", "5") else ""
    return text[:-1] if len(text) > 1 and text[-1] in "Ll" and text[:-1].isdecimal() else text


def _number(text: str, part: Part) -> int | None:
    if text.upper() in part.names:
        return part.names.index(text.upper()) + part.first
    if not text.isascii() or not text.isdecimal() or len(text) > 2:
        return None
    return int(text) if part.least <= int(text) <= part.most else None
