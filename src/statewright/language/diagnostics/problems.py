"""Collects diagnostics while a stage goes on: each problem once, in the order of the text."""

from __future__ import annotations

import msgspec

from statewright.kernel.program import Place
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity
from statewright.language.diagnostics.inside import offset_in
from statewright.language.marks import BROKEN, At, Mark, Source

# A text with more mistakes than this is not a definition; the rest would only hide the first ones.
PROBLEMS_MAX = 1_000


class Problems:
    """The problems found so far. Definitions that are used twice complain once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int, int, str], Diagnostic] = {}

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(found.severity == "error" for found in self._found.values())

    def error(self, code: str, message: str, at: At, *, hint: str = "", fix: str = "") -> None:
        """Adds an error at a value; what is broken already has one."""
        if at.value is not BROKEN:
            self._add(_diagnostic(code, message, at.path, _span(at.mark), hint=hint, fix=fix))

    def warning(self, code: str, message: str, at: At, *, hint: str = "") -> None:
        """Adds a warning at a value."""
        self._add(_diagnostic(code, message, at.path, _span(at.mark), hint=hint, severity="warning"))

    def key(self, code: str, message: str, at: At, *, hint: str = "", severity: Severity = "error") -> None:
        """Adds a problem with an entry's key."""
        mark = at.mark
        self._add(
            _diagnostic(
                code, message, at.path, (mark.source, mark.key_start, mark.key_end), hint=hint, severity=severity
            )
        )

    def within(self, found: Diagnostic, at: At, start: int, end: int) -> None:
        """Adds a problem with the characters from `start` to `end` of a text value."""
        mark = at.mark
        first = offset_in(mark.source.text, mark.start, at.value, start)
        last = offset_in(mark.source.text, mark.start, at.value, max(end, start + 1))
        self._add(
            _diagnostic(
                found.code,
                found.message,
                at.path,
                (mark.source, first, max(last, first + 1)),
                hint=found.hint,
                severity=found.severity,
            )
        )

    def at_place(self, found: Diagnostic, place: Place | None, width: int) -> None:
        """Adds a problem at a place of the program."""
        if place is not None:
            spot = {"file": place.file, "line": place.line, "column": place.column, "end_column": place.column + width}
            self._add(msgspec.structs.replace(found, **spot))

    def add(self, found: tuple[Diagnostic, ...]) -> None:
        """Takes over what another stage found."""
        for diagnostic in found:
            self._add(diagnostic)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Returns all of them by file and place."""
        return tuple(sorted(self._found.values(), key=lambda one: (one.file, one.line, one.column)))

    def _add(self, found: Diagnostic) -> None:
        if len(self._found) < PROBLEMS_MAX:
            self._found.setdefault((found.code, found.file, found.line, found.column, found.message), found)


def _diagnostic(code: str, message: str, path: str, span: tuple[Source, int, int], **rest: str) -> Diagnostic:
    source, start, end = span
    line, column = source.place(start)
    newline = source.text.find("\n", start)
    end = min(end, newline if newline >= 0 else len(source.text))
    return Diagnostic(
        code=code,
        message=message,
        path=path,
        file=source.file,
        line=line,
        column=column,
        end_column=max(column + end - start, column + 1),
        **rest,  # type: ignore[arg-type]  # hint, fix and severity, typed by the callers
    )


def _span(mark: Mark) -> tuple[Source, int, int]:
    return mark.source, mark.start, mark.end
