"""What is compared: a row, and who takes part in it. Records only; `contest.py` holds the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How a unit of a row is written, and what turns seconds into it.
SCALES = {"us": 1_000_000.0, "ms": 1_000.0}
Home = Literal["ours", "peers", "crewai", "prefect"]


@dataclass(frozen=True)
class Contender:
    """A program to measure: a module with the row in it, or a command. `home` says whose packages it sees.

    `wanted` is what DESIGN 10 asks for: of ours a figure that is not passed, of others the least that theirs is to be
    as a multiple of ours.
    """

    name: str
    home: Home
    module: str = ""
    command: tuple[str, ...] = ()
    role: Literal["ours", "peer", "limit"] = "peer"
    wanted: float = 0.0


@dataclass(frozen=True)
class Row:
    """One comparison. `each` divides the time by the units; `size` is what the contender is called with.

    `rounds_max` is lower where one round alone takes long.
    """

    id: str
    title: str
    size: int
    scale: Literal["us", "ms"]
    each: bool
    contenders: tuple[Contender, ...]
    rounds_max: int = 1_000

    def figure(self, seconds: float, units: int) -> float:
        """Returns what the table shows of a measurement."""
        return seconds * SCALES[self.scale] / (units if self.each else 1)
