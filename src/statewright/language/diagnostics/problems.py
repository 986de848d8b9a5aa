"""Collects diagnostics while a stage goes on: each problem once, in the order of the text."""

from __future__ import annotations

import msgspec

from statewright.kernel.program import Place
from statewright.language.diagnostics.cascades import without_consequences
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity
from statewright.language.diagnostics.edits import Advice, placed
from statewright.language.diagnostics.inside import offset_in
from statewright.language.diagnostics.masking import masked
from statewright.language.marks import BROKEN, At, Source

# A text with more mistakes than this is not a definition; the rest would only hide the first ones.
PROBLEMS_MAX = 1_000
# Nobody reads on; a name without end would fill the terminal, and every log that the message reaches.
MESSAGE_LENGTH_MAX = 1_000


class Problems:
    """The problems found so far. Definitions that are used twice complain once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int, int, str], Diagnostic] = {}
        self._counts: dict[Severity, int] = {"error": 0, "warning": 0}

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return self._counts["error"] > 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._found)

    def is_full(self, severity: Severity) -> bool:
        """Whether there are so many of a kind that no more are kept; to look for them is lost time then."""
        return self._counts[severity] >= PROBLEMS_MAX

    def error(self, code: str, message: str, at: At, *, hint: str | Advice = "") -> None:
        """Adds an error at a value; what is broken already has one."""
        if at.value is not BROKEN:
            self._place(_found(code, message, hint), at.path, (at.mark.source, at.mark.start, at.mark.end))

    def warning(self, code: str, message: str, at: At, *, hint: str | Advice = "") -> None:
        """Adds a warning at a value."""
        found = _found(code, message, hint, "warning")
        self._place(found, at.path, (at.mark.source, at.mark.start, at.mark.end))

    def key(self, code: str, message: str, at: At, *, hint: str | Advice = "", severity: Severity = "error") -> None:
        """Adds a problem with an entry's key."""
        mark = at.mark
        self._place(_found(code, message, hint, severity), at.path, (mark.source, mark.key_start, mark.key_end))

    def within(self, found: Diagnostic, at: At, start: int, end: int) -> None:
        """Adds a problem with the characters from `start` to `end` of a text value."""
        mark = at.mark
        first = offset_in(mark.source.text, mark.start, at.value, start)
        last = offset_in(mark.source.text, mark.start, at.value, max(end, start + 1))
        self._place(found, at.path, (mark.source, first, max(last, first + 1)))

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
        """Returns those that stand on their own, by file and place."""
        ordered = sorted(self._found.values(), key=lambda one: (one.file, one.line, one.column))
        return without_consequences(ordered)

    def _place(self, found: Diagnostic, path: str, span: tuple[Source, int, int]) -> None:
        source, start, end = span
        line, column = source.place(start)
        newline = source.text.find("\n", start)
        shown = min(end, newline if newline >= 0 else len(source.text))
        self._add(
            msgspec.structs.replace(
                found,
                path=path,
                file=source.file,
                line=line,
                column=column,
                end_column=max(column + shown - start, column + 1),
                fix=placed(found.fix, source, start, end),
            )
        )

    def _add(self, found: Diagnostic) -> None:
        found = _fit_to_show(found)
        key = (found.code, found.file, found.line, found.column, found.message)
        # Each kind has its own room: however many warnings there are, none of them hides an error.
        if key not in self._found and not self.is_full(found.severity):
            self._found[key] = found
            self._counts[found.severity] += 1


def _fit_to_show(found: Diagnostic) -> Diagnostic:
    """Returns the diagnostic without keys in clear, whatever it quotes, and with messages that somebody can read."""
    shown = {name: _cut(masked(getattr(found, name))) for name in ("message", "hint", "witness")}
    edits = () if any(masked(edit.old + edit.text) != edit.old + edit.text for edit in found.fix) else found.fix
    likely = tuple(masked(name) for name in found.meant)
    return msgspec.structs.replace(found, **shown, path=masked(found.path), meant=likely, fix=edits)


def _cut(text: str) -> str:
    return text if len(text) <= MESSAGE_LENGTH_MAX else text[:MESSAGE_LENGTH_MAX] + "…"


def _found(code: str, message: str, hint: str | Advice, severity: Severity = "error") -> Diagnostic:
    advice = Advice(hint) if isinstance(hint, str) else hint
    return Diagnostic(
        code=code, message=message, hint=advice.hint, meant=advice.meant, fix=advice.fix, severity=severity
    )
