"""Semantic versions and what they are compared with: `semver`, `semverCompare`.

Constraints as the library Masterminds/semver reads them: `>=1.2 <2 || ~3.1`, `^1.2`, `1.x`, `1.2 - 1.4`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json

_PART = r"(?:0|[1-9]\d{0,17}|[xX*])"
_LABEL = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"v?(\d{{1,18}})(?:\.(\d{{1,18}}))?(?:\.(\d{{1,18}}))?(?:-({_LABEL}))?(?:\+({_LABEL}))?")
_TERM = re.compile(
    rf"\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?(?:-({_LABEL}))?(?:\+{_LABEL})?\s*,?"
)
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
WILD = ("x", "X", "*", None)

# Nobody writes a longer one.
LENGTH_MAX = 256

Numbers = tuple[int, int, int]


class Version(View):
    """A version: prints as it was written, and has `Major`, `Minor`, `Patch`, `Prerelease`, `Metadata`."""

    go_type = "*semver.Version"

    def __init__(self, text: str, numbers: Numbers, prerelease: str, metadata: str) -> None:
        self.text = text
        self.numbers = numbers
        self.prerelease = prerelease
        self.metadata = metadata

    def get(self, key: str) -> Any:
        """Returns a part."""
        parts = dict(zip(("Major", "Minor", "Patch"), self.numbers, strict=True))
        return {**parts, "Prerelease": self.prerelease, "Metadata": self.metadata, "Original": self.text}.get(
            key, MISSING
        )

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields the parts."""
        for name in ("Major", "Minor", "Patch", "Prerelease", "Metadata"):
            yield name, self.get(name)

    def plain(self) -> Json:
        """Returns the version in full."""
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        return ".".join(map(str, self.numbers)) + prerelease + (f"+{self.metadata}" if self.metadata else "")

    def call(self, name: str, args: list[Json]) -> Json:
        """Answers `Compare`, and every part as a method without arguments."""
        if name == "Compare" and len(args) == 1:
            mine, other = self.rank(), version(str(args[0])).rank()
            return (mine > other) - (mine < other)
        return self.get(name) if not args and self.get(name) is not MISSING else super().call(name, args)

    def rank(self) -> tuple[Any, ...]:
        """Returns what versions are compared by: a release comes after its prereleases."""
        labels = [(0, int(label), "") if label.isdecimal() else (1, 0, label) for label in self.prerelease.split(".")]
        return (*self.numbers, not self.prerelease, labels if self.prerelease else [])


def version(text: str) -> Version:
    """Reads a version; missing parts are 0."""
    match = _VERSION.fullmatch(text) if len(text) <= LENGTH_MAX else None
    if match is None:
        raise ExpressionError("EXPR_VERSION", f"{text!r} is not a semantic version")
    major, minor, patch, prerelease, metadata = match.groups()
    return Version(text, (int(major), int(minor or 0), int(patch or 0)), prerelease or "", metadata or "")


def compare(constraint: str, text: str) -> bool:
    """Says whether a version satisfies a constraint."""
    if len(constraint) > LENGTH_MAX:
        raise ExpressionError("EXPR_VERSION", f"a version constraint has at most {LENGTH_MAX} characters")
    candidate = version(text)
    ranges = _HYPHEN.sub(r">=\1 <=\2", constraint)
    return any(all(term(candidate) for term in _terms(part, constraint)) for part in ranges.split("||"))


def _terms(part: str, constraint: str) -> list[Callable[[Version], bool]]:
    found: list[Callable[[Version], bool]] = []
    at = 0
    while at < len(part.rstrip()) or not found:
        match = _TERM.match(part, at)
        if match is None or match.end() == at:
            raise ExpressionError("EXPR_VERSION", f"{constraint!r} is not a version constraint")
        found.append(_term(*match.groups()))
        at = match.end()
    return found


def _term(sign: str | None, major: str, minor: str | None, patch: str | None, label: str | None) -> Any:
    parts = [major, minor, patch]
    known = next((count for count, part in enumerate(parts) if part in WILD), 3)
    numbers = [int(part) if position < known else 0 for position, part in enumerate(map(str, parts))]
    low = Version("", (numbers[0], numbers[1], numbers[2]), label or "", "")
    test = _TESTS[sign or "="]

    def holds(candidate: Version) -> bool:
        # A prerelease is only meant where the constraint names one.
        if candidate.prerelease and not label:
            return sign == "!=" and known == 3
        return test(candidate, low, known)

    return holds


def _above(low: Version, position: int) -> tuple[Any, ...]:
    """Returns the rank of the first version past those that agree with `low` up to a position."""
    if position < 0:
        return (float("inf"),)
    numbers = [*low.numbers[:position], low.numbers[position] + 1, 0, 0][:3]
    return (*numbers, False, [])


def _within(candidate: Version, low: Version, position: int) -> bool:
    return low.rank() <= candidate.rank() < _above(low, position)


def _equal(candidate: Version, low: Version, known: int) -> bool:
    return candidate.rank() == low.rank() if known == 3 else _within(candidate, low, known - 1)


def _caret(candidate: Version, low: Version, known: int) -> bool:
    if known == 0:
        return True
    position = next((at for at, number in enumerate(low.numbers[:known]) if number), known - 1)
    return _within(candidate, low, position)


def _tilde(candidate: Version, low: Version, known: int) -> bool:
    return _within(candidate, low, min(known - 1, 1))


def _greater(candidate: Version, low: Version, known: int) -> bool:
    return candidate.rank() > low.rank() if known == 3 else candidate.rank() >= _above(low, known - 1)


def _at_most(candidate: Version, low: Version, known: int) -> bool:
    return candidate.rank() <= low.rank() if known == 3 else candidate.rank() < _above(low, known - 1)


_TESTS: dict[str, Callable[[Version, Version, int], bool]] = {
    "=": _equal,
    "!=": lambda candidate, low, known: not _equal(candidate, low, known),
    ">": _greater,
    ">=": lambda candidate, low, known: candidate.rank() >= low.rank(),
    "=>": lambda candidate, low, known: candidate.rank() >= low.rank(),
    "<": lambda candidate, low, known: candidate.rank() < low.rank(),
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}

FUNCTIONS = {
    "semver": Function(version, "s", cost=10),
    "semverCompare": Function(compare, "ss", cost=40),
}
