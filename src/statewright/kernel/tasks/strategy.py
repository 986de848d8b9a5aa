"""When a container of concurrent children is finished, and how: the strategies as one table (workflows.md 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

# `wait_any` and `wait_first` are the seed's words: the first success, and the first child to end at all.
Strategy = Literal["wait_all", "fail_fast", "best_effort", "race", "wait_any", "wait_first"]
Verdict = Literal["success", "failed", ""]


class Tally(msgspec.Struct, frozen=True, gc=False):
    """How many children a container has begun and how they ended; `total` counts those still to come too."""

    total: int
    started: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def ended(self) -> int:
        """How many are finished."""
        return self.succeeded + self.failed


def _all(tally: Tally) -> Verdict:
    if tally.ended < tally.total:
        return ""
    return "failed" if tally.failed else "success"


def _fail_fast(tally: Tally) -> Verdict:
    return "failed" if tally.failed else _all(tally)


def _best_effort(tally: Tally) -> Verdict:
    if tally.ended < tally.total:
        return ""
    return "success" if tally.succeeded or not tally.total else "failed"


def _race(tally: Tally) -> Verdict:
    if tally.succeeded or not tally.total:
        return "success"
    return _all(tally)


def _first(tally: Tally) -> Verdict:
    if tally.failed:
        return "failed"
    return _race(tally)


VERDICTS: dict[Strategy, Callable[[Tally], Verdict]] = {
    "wait_all": _all,
    "fail_fast": _fail_fast,
    "best_effort": _best_effort,
    "race": _race,
    "wait_any": _race,
    "wait_first": _first,
}
