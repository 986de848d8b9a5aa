"""A project's diagnostics as people read them: each with its line of the source and a caret."""

from __future__ import annotations

from statewright.cli.terminal import lines_of, several
from statewright.language.diagnostics.diagnostic import render
from statewright.language.loader import Loaded

# A person fixes no more in one go, and the first mistakes often cause the others.
SHOWN_MAX = 50


def findings(loaded: Loaded) -> str:
    """Returns all diagnostics, rendered, with an empty line between them."""
    blocks = []
    for diagnostic in loaded.diagnostics[:SHOWN_MAX]:
        text = loaded.sources.get(diagnostic.file, "").removeprefix("\ufeff")
        blocks.append(lines_of(render(diagnostic, text)))
    if len(loaded.diagnostics) > SHOWN_MAX:
        blocks.append(f"… and {len(loaded.diagnostics) - SHOWN_MAX} more")
    return "\n\n".join(blocks)


def counted(loaded: Loaded) -> str:
    """Returns how many there are: `2 errors, 1 warning`."""
    errors = sum(diagnostic.severity == "error" for diagnostic in loaded.diagnostics)
    counts = {"error": errors, "warning": len(loaded.diagnostics) - errors}
    return ", ".join(several(count, noun) for noun, count in counts.items() if count)


def has_errors(loaded: Loaded) -> bool:
    """Says whether anything is worse than a warning."""
    return any(diagnostic.severity == "error" for diagnostic in loaded.diagnostics)
