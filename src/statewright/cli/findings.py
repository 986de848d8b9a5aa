"""A project's diagnostics as people read them: each with its line of the source and a caret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from statewright.cli.terminal import lines_of, several
from statewright.language.diagnostics.diagnostic import Diagnostic, render

# A person fixes no more in one go, and the first mistakes often cause the others.
SHOWN_MAX = 50


class Judged(Protocol):
    """Something that was read, with what is wrong with it and the texts that this is about."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]: ...

    @property
    def sources(self) -> Mapping[str, str]: ...


def findings(loaded: Judged) -> str:
    """Returns all diagnostics, rendered, with an empty line between them."""
    blocks = []
    for diagnostic in loaded.diagnostics[:SHOWN_MAX]:
        text = loaded.sources.get(diagnostic.file, "").removeprefix("\ufeff")
        blocks.append(lines_of(render(diagnostic, text)))
    if len(loaded.diagnostics) > SHOWN_MAX:
        blocks.append(f"… and {len(loaded.diagnostics) - SHOWN_MAX} more")
    return "\n\n".join(blocks)


def further(loaded: Judged) -> str:
    """Returns what can be done next: how the first code is explained, and what is mended by itself."""
    lines = [f"more about it: statewright explain {loaded.diagnostics[0].code}"]
    fixes = len({diagnostic.fix for diagnostic in loaded.diagnostics if diagnostic.fix})
    if fixes:
        lines.append(f"{fixes} of them can be mended: statewright check --fix")
    return "\n".join(lines)


def counted(loaded: Judged) -> str:
    """Returns how many there are: `2 errors, 1 warning`."""
    errors = sum(diagnostic.severity == "error" for diagnostic in loaded.diagnostics)
    counts = {"error": errors, "warning": len(loaded.diagnostics) - errors}
    return ", ".join(several(count, noun) for noun, count in counts.items() if count)


def has_errors(loaded: Judged) -> bool:
    """Says whether anything is worse than a warning."""
    return any(diagnostic.severity == "error" for diagnostic in loaded.diagnostics)
