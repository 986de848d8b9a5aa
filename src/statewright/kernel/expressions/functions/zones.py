"""Time zones by their IANA names: offset and abbreviation at an instant, and the instant that a local time means.

The data ships with the package (`zone_data`) and nothing is asked of the machine: a replay elsewhere, or years later,
has to give the same answer (docs/adr/0010).
"""

from __future__ import annotations

import base64
import re
import zlib
from bisect import bisect_right
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import msgspec

from statewright.kernel.expressions.functions import zone_data

DAY = 86_400
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# A change of clocks without a time of day is at two in the morning (POSIX, TZ).
TWO = 7_200
# Means "the last one" where the others count weeks: M10.5.0 is the last Sunday of October.
LAST_WEEK = 5

_NAME = r"<[^>]+>|[A-Za-z]+"
_SHIFT = r"[+-]?\d+(?::\d+){0,2}"
_CHANGE = rf"M(\d+)\.(\d)\.(\d)(?:/({_SHIFT}))?"
_RULE = re.compile(rf"({_NAME})({_SHIFT})(?:({_NAME})({_SHIFT})?,{_CHANGE},{_CHANGE})?")


class Period(NamedTuple):
    """What clocks show for a while: seconds east of UTC, and what that is called."""

    offset: int
    abbreviation: str


class Change(NamedTuple):
    """When clocks change, year by year: a weekday (Sunday is 0) of a week of a month, and seconds of that day."""

    month: int
    week: int
    weekday: int
    second: int

    def local(self, year: int) -> int:
        """Returns the seconds since 1970 that clocks show just before they change in a year."""
        first = date(year, self.month, 1).toordinal()
        # The ordinal of a Sunday is a multiple of seven.
        day = first + (self.weekday - first) % 7 + 7 * (self.week - 1)
        following = date(year + self.month // 12, self.month % 12 + 1, 1).toordinal()
        while day >= following:
            day -= 7
        return (day - EPOCH_ORDINAL) * DAY + self.second


class Rule(msgspec.Struct, frozen=True):
    """How a zone goes on for ever: one period, or two that alternate."""

    standard: Period
    other: Period
    begins: Change | None = None
    ends: Change | None = None

    def at(self, instant: int) -> Period:
        """Returns the period that an instant is in."""
        if self.begins is None or self.ends is None:
            return self.standard
        year = date.fromordinal(EPOCH_ORDINAL + (instant + self.standard.offset) // DAY).year
        begin = self.begins.local(year) - self.standard.offset
        end = self.ends.local(year) - self.other.offset
        is_other = begin <= instant < end if begin < end else not end <= instant < begin
        return self.other if is_other else self.standard


class Zone(msgspec.Struct, frozen=True):
    """A time zone: the periods between its known changes, and the rule after the last."""

    changes: tuple[int, ...]
    periods: tuple[Period, ...]
    rule: Rule

    def at(self, instant: int) -> Period:
        """Returns the period that an instant, in seconds since 1970, is in."""
        position = bisect_right(self.changes, instant)
        return self.rule.at(instant) if position == len(self.changes) else self.periods[position]

    def instant(self, local: int) -> int:
        """Returns the instant at which clocks show a local time; of two, or of none, one beside the change."""
        offset = self.at(local).offset
        return local - self.at(local - offset).offset


def is_zone(name: str) -> bool:
    """Says whether a name is a time zone: `Europe/Berlin`, `UTC`."""
    return name in _lines()


def zone_names() -> tuple[str, ...]:
    """Returns all names, in alphabetical order."""
    return tuple(sorted(_lines()))


# No project uses more zones at a time, and a zone takes some 20 KB.
@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """Returns the zone of a name; raises `KeyError` where there is none."""
    types, rule, deltas, order = _lines()[name].split("|")
    periods = []
    for text in types.split():
        offset, _, abbreviation = text.partition(",")
        periods.append(Period(int(offset), abbreviation))
    known = tuple(periods[int(digit, 36)] for digit in order)
    return Zone(tuple(accumulate(map(int, deltas.split()))), (periods[0], *known), _rule(rule))


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    """Every name with its line: periods, rule, seconds between changes, the period after each change."""
    text = zlib.decompress(base64.b64decode(zone_data.COMPRESSED)).decode()
    lines = (line.split("|", 1) for line in text.splitlines())
    return {name: data for names, data in lines for name in names.split()}


def _rule(text: str) -> Rule:
    """Reads the rule as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`; its offsets count westward."""
    match = _RULE.fullmatch(text)
    assert match is not None, text
    name, west, other, other_west = match.group(1, 2, 3, 4)
    standard = Period(-_seconds(west), name.strip("<>"))
    if other is None:
        return Rule(standard, standard)
    summer = Period(-_seconds(other_west) if other_west else standard.offset + 3600, other.strip("<>"))
    return Rule(standard, summer, _change(match, 5), _change(match, 9))


def _change(match: re.Match[str], group: int) -> Change:
    month, week, weekday, time = match.group(group, group + 1, group + 2, group + 3)
    return Change(int(month), int(week), int(weekday), _seconds(time) if time else TWO)


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * size for part, size in zip(parts, (3600, 60, 1), strict=False))
