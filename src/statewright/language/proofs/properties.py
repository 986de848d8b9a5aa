"""Proves that what is read of an input or an output is there, as far as schemas and `outputs` say what there is."""

from __future__ import annotations

from statewright.kernel.expressions.trace import Path
from statewright.language.diagnostics.diagnostic import Diagnostic, meant, near
from statewright.language.proofs.picture import Picture, Use
from statewright.language.proofs.schemas import Absent, Shape, part
from statewright.language.proofs.shapes import OWN_INPUT, Shapes, phase_of


def check_properties(picture: Picture, shapes: Shapes) -> None:
    """Warns of names that no schema and no `outputs` has; such a name reads null."""
    for use in picture.uses:
        for read in picture.reads(use.template):
            if len(read.path) > 1 and not read.is_guarded:
                _check(use, read.path, picture, shapes)


def _check(use: Use, path: Path, picture: Picture, shapes: Shapes) -> None:
    start, rest = shapes.start(path, use.node, phase_of(use.slot))
    at = len(path) - len(rest)
    found: Shape | Absent | None = start
    while at < len(path) and isinstance(found, dict):
        found = part(found, path[at])
        at += 1
    # Where nothing is declared at all, nothing was meant to be said.
    if isinstance(found, Absent) and found.names and not _is_optional(use, path, found):
        _tell(use, path, at - 1, found, picture)


def _is_optional(use: Use, path: Path, found: Absent) -> bool:
    """An action may read more than each of its tasks gives; only a slip of the finger is sure to be one."""
    own = path[0] in OWN_INPUT and phase_of(use.slot) != "with" and len(path) == 2
    return own and not near(path[1], found.names)


def _tell(use: Use, path: Path, index: int, found: Absent, picture: Picture) -> None:
    message = f".{'.'.join(path[:index])} has no {path[index]!r}, as far as its schema says"
    hint = meant(path[index], found.names, listed="it has")
    problem = Diagnostic(code="PROPERTY_UNKNOWN", message=message, hint=hint.hint, fix=hint.fix, severity="warning")
    picture.at_read(problem, use, path, index)
