"""Spans of time as people write them."""

from __future__ import annotations

import pytest

from statewright.language.yaml.durations import parse_duration

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms", 500), ("30s", 30 * SECOND), ("1h30m", 90 * MINUTE), ("1.5h", 90 * MINUTE), ("7d", 7 * DAY),
        ("1 hour 30 minutes", 90 * MINUTE), ("2 weeks", 14 * DAY), ("1 day, 2 hours and 3 seconds", 26 * HOUR + 3_000),
        ("10S", 10 * SECOND), ("250us", 0), ("0s", 0),
        ("", None), ("5 parsecs", None), ("-5s", None), ("5", None), ("s", None), ("5s x", None), ("1e3s", None),
    ],
)  # fmt: skip
def test_a_span_of_time_is_milliseconds_or_nothing(text: str, expected: int | None) -> None:
    assert parse_duration(text) == expected
