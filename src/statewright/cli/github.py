"""Diagnostics as workflow commands, which GitHub shows beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterable

from statewright.language.diagnostics.diagnostic import Diagnostic

_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def workflow_commands(diagnostics: Iterable[Diagnostic], folder: str) -> str:
    """Returns one command per diagnostic; `folder` leads from the current folder to the project's."""
    return "\n".join(_command(found, folder) for found in diagnostics)


def _command(found: Diagnostic, folder: str) -> str:
    place: dict[str, object] = {"file": folder + found.file}
    if found.line:
        place |= {"line": found.line, "col": found.column, "endColumn": found.end_column}
    properties = {**place, "title": found.code}
    written = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in properties.items())
    text = "\n".join(part for part in (found.message, found.witness, found.hint) if part)
    return f"::{found.severity} {written}::{_escaped(text, _IN_TEXT)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    # A file's name may hold what moves the cursor of whoever reads the log.
    safe = (table.get(char, char if char.isprintable() else "\N{REPLACEMENT CHARACTER}") for char in text)
    return "".join(safe)
