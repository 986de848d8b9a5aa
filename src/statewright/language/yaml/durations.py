"""Spans of time as people write them: `30s`, `1h30m`, `7d`, `1 hour 30 minutes`. The result is milliseconds."""

from __future__ import annotations

import re

_UNITS = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3,
    "ms": 1, "millisecond": 1, "milliseconds": 1,
    "s": 1_000, "sec": 1_000, "secs": 1_000, "second": 1_000, "seconds": 1_000,
    "m": 60_000, "min": 60_000, "mins": 60_000, "minute": 60_000, "minutes": 60_000,
    "h": 3_600_000, "hr": 3_600_000, "hrs": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
    "d": 86_400_000, "day": 86_400_000, "days": 86_400_000,
    "w": 604_800_000, "week": 604_800_000, "weeks": 604_800_000,
}  # fmt: skip
_PART = re.compile(r"\s*(?:and\s+)?([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*([a-zµ]+)\s*,?")
# Ten years: nothing that a run waits for takes longer; `999999999d` is a slip.
DURATION_MAX = 3_650 * _UNITS["d"]


def parse_duration(text: str) -> int | None:
    """Returns milliseconds, or None where the text is no span of time."""
    at, total = 0, 0.0
    folded = text.strip().lower()
    while at < len(folded):
        part = _PART.match(folded, at)
        if part is None or part[2] not in _UNITS:
            return None
        total += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    return round(total) if at else None
