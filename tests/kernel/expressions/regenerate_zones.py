"""Writes `zone_data.py` from the package tzdata: `python -m tests.kernel.expressions.regenerate_zones`.

Reads the second block of TZif files (RFC 9636). Run it when tzdata has a new version, in a commit of its own.
"""

from __future__ import annotations

import base64
import importlib
import struct
import textwrap
import zlib
from collections.abc import Iterator
from importlib.resources import files

from tests.house.sources import ROOT

TARGET = ROOT / "src/statewright/kernel/expressions/functions/zone_data.py"
HEADER = struct.Struct(">4s c 15x 6L")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Within quotes and an indentation, a line of 120 columns holds so much.
WIDTH = 110
MODULE = '''\
"""The time zones of IANA, version {version}: generated from the package tzdata, which is in the public domain.

Compressed text, a line per zone: names|periods|rule|seconds between changes|the period after each. `zones` reads it.
"""

# Made by `python -m tests.kernel.expressions.regenerate_zones`.
VERSION = "{version}"
COMPRESSED = (
{lines}
)
'''


def main() -> None:
    """Writes the module anew."""
    TARGET.write_text(generated(), "utf-8")


def generated() -> str:
    """Returns the module's text."""
    data = zlib.compress("\n".join(zone_lines()).encode(), 9)
    lines = (f'    "{line}"' for line in textwrap.wrap(base64.b64encode(data).decode(), WIDTH))
    return MODULE.format(version=version(), lines="\n".join(lines))


def version() -> str:
    """Returns the version of the package's data."""
    # The package has no types.
    return str(importlib.import_module("tzdata").IANA_VERSION)


def zone_lines() -> Iterator[str]:
    """Yields one line for all names that mean the same zone."""
    package = files("tzdata")
    names: dict[bytes, list[str]] = {}
    for name in package.joinpath("zones").read_text("utf-8").split():
        data = package.joinpath("zoneinfo", *name.split("/")).read_bytes()
        names.setdefault(data, []).append(name)
    for data, same in names.items():
        yield f"{' '.join(same)}|{zone_line(data)}"


def zone_line(data: bytes) -> str:
    """Returns the line of one TZif file, without its names."""
    header, at = block(data, 0, width=4)
    (_, _, isutc, isstd, leaps, count, kinds, characters), end = block(data, end_of(header, at, width=4), width=8)
    assert (isutc, isstd, leaps) == (0, 0, 0), "a slim file has none of these"
    times = struct.unpack_from(f">{count}q", data, end)
    order = data[end + 8 * count : end + 9 * count]
    types = end + 9 * count
    names = types + 6 * kinds
    periods = []
    for offset, _, name in struct.iter_unpack(">lBB", data[types:names]):
        periods.append(f"{offset},{data[names + name :].partition(bytes(1))[0].decode()}")
    deltas = (after - before for before, after in zip((0, *times), times, strict=False))
    rule = data[names + characters :].decode().strip("\n")
    return "|".join((" ".join(periods), rule, " ".join(map(str, deltas)), "".join(DIGITS[kind] for kind in order)))


def block(data: bytes, at: int, *, width: int) -> tuple[tuple[int, ...], int]:
    """Returns the fields of a block's header, and where the block's data begins."""
    assert data[at : at + 4] == b"TZif", width
    return HEADER.unpack_from(data, at), at + HEADER.size


def end_of(header: tuple[int, ...], at: int, *, width: int) -> int:
    """Returns where a block ends that has this header."""
    _, _, isutc, isstd, leaps, count, kinds, characters = header
    return at + count * (width + 1) + kinds * 6 + characters + leaps * (width + 4) + isstd + isutc


if __name__ == "__main__":
    main()
