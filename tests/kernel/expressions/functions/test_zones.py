"""Holds: every IANA zone answers as Python's own reader does, in the past, around each change and for ever after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from statewright.kernel.expressions.functions.zone_data import VERSION
from statewright.kernel.expressions.functions.zones import is_zone, zone, zone_names
from tests.kernel.expressions.regenerate_zones import TARGET, generated, version

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Around changes, a minute before and after says the same as every second.
BESIDE = (-60, -1, 0, 1, 60)


@pytest.fixture(autouse=True, scope="module")
def _package_only() -> Iterator[None]:
    """Python's reader takes the package's data too, not the machine's."""
    reset_tzpath(to=())
    ZoneInfo.clear_cache()
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()


def at(instant: int, reference: ZoneInfo) -> datetime:
    """The local time of an instant, as Python has it."""
    return (EPOCH + timedelta(seconds=instant)).astimezone(reference)


def instants(name: str) -> list[int]:
    """Every change of a zone with what is beside it, and the days of a few years to come."""
    changes = [change + beside for change in zone(name).changes for beside in BESIDE]
    future = [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1850, 1970, 2026, 2037, 2038, 2087, 2400)]
    return changes + [start + day * 86_400 + 3_601 for start in future for day in range(0, 366, 3)]


def test_the_data_is_that_of_the_package() -> None:
    assert version() == VERSION, "run python -m tests.kernel.expressions.regenerate_zones"
    assert TARGET.read_text("utf-8") == generated()


@pytest.mark.parametrize("letter", sorted({name[0] for name in zone_names()}))
def test_offset_and_abbreviation_are_those_of_python(letter: str) -> None:
    for name in (name for name in zone_names() if name.startswith(letter)):
        reference = ZoneInfo(name)
        for instant in instants(name):
            expected = at(instant, reference)
            offset, abbreviation = zone(name).at(instant)
            assert (timedelta(seconds=offset), abbreviation) == (expected.utcoffset(), expected.tzname()), (
                name,
                instant,
            )


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Gaza"])
def test_a_local_time_means_an_instant_that_shows_it(name: str) -> None:
    reference = ZoneInfo(name)
    for instant in instants(name):
        local = at(instant, reference)
        shown = int((local.replace(tzinfo=UTC) - EPOCH).total_seconds())
        meant = {int(local.replace(fold=fold).timestamp()) for fold in (0, 1)}
        assert zone(name).instant(shown) in meant, (name, instant)


@pytest.mark.parametrize(
    ("local", "instants"),
    [(1774751400, (1774747800, 1774751400)), (1792895400, (1792888200, 1792891800))],
)
def test_a_local_time_that_is_skipped_or_comes_twice_is_read_beside_the_change(
    local: int, instants: tuple[int, ...]
) -> None:
    """02:30 in Berlin on the Sundays of 2026 when clocks change."""
    assert zone("Europe/Berlin").instant(local) in instants


def test_names_are_known_exactly() -> None:
    assert is_zone("Europe/Berlin")
    assert is_zone("UTC")
    assert not any(map(is_zone, ("", "europe/berlin", "Mars/Base", "../UTC", "Local")))
    assert len(zone_names()) == len(set(zone_names())) > 590
