"""Proves that a variable that a template reads in a roundabout way is declared: what is not there reads as nothing.

`.env.NAME`, spelled out, declares the name or is refused where its file is read (entities/environment.py). A name that
is looked up, or reached through another name for `.env`, does neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from statewright.kernel.expressions.trace import ANY, Read
from statewright.language.diagnostics.diagnostic import Diagnostic, near
from statewright.language.proofs.picture import Picture, Use
from statewright.language.proofs.secrets import variables_of

_WHOLE = ("env",)
# A look-up by name: what follows `.env` is a literal, or something that only a run knows.
_LOOKUP = re.compile(r"""\b(?:index|get|hasKey)\s+\(?\s*\.env\s*\)?\s+(?:["'`]([^"'`]*)["'`]|(?=\S))""")


def check_variables(picture: Picture) -> None:
    """Complains about names that nobody declares; warns where the name is not known before the run."""
    for use in picture.uses:
        if "env" not in use.template.source:
            continue
        known = {**picture.program.env, **variables_of(use, picture)}
        reads = picture.reads(use.template)
        names = dict.fromkeys(_named(reads, use))
        for name in names:
            if name and name not in known:
                _tell_undeclared(use, name, known=[*known], picture=picture)
        if "" in names:
            _tell_unknown(use, picture)


def _named(reads: tuple[Read, ...], use: Use) -> Iterator[str]:
    """Yields the names that a template reads of `.env`; an empty one where only a run knows it."""
    looked_up = [found[1] or "" for found in _LOOKUP.finditer(use.template.source)]
    yield from looked_up
    for read in reads:
        if len(read.path) > 1 and read.path[0] == "env":
            yield "" if read.path[1] == ANY else read.path[1]
        elif read.path == _WHOLE and not read.asking and not looked_up:
            yield ""


def _tell_undeclared(use: Use, name: str, *, known: list[str], picture: Picture) -> None:
    close = [repr(other) for other in near(name, sorted(known))]
    declare = f"spell it out, as in .env.{name}, or list it under `env`"
    found = Diagnostic(
        code="ENV_NOT_DECLARED",
        message=f"nothing declares the variable {name!r}; looked up like this it is never there",
        hint=f"did you mean {' or '.join(close)}? Else {declare}" if close else declare,
    )
    picture.at_read(found, use, (name,), 0)


def _tell_unknown(use: Use, picture: Picture) -> None:
    found = Diagnostic(
        code="ENV_NOT_DECLARED",
        message="which variable this reads is known only when it runs; one that nothing declares reads as empty",
        hint="spell names out, as in .env.NAME, or list all that it may be under `env`",
        severity="warning",
    )
    picture.at_read(found, use, _WHOLE, 0)
