"""Texts that may hold no key: they name a variable. Of a key in clear, three letters are shown at most."""

from __future__ import annotations

from statewright.language.diagnostics.diagnostic import SECRET_CODE, Diagnostic
from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At
from statewright.language.templates.compiling import has_template

_CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"})
# Three letters of a long key tell which one is meant, and nothing else.
SHOWN_LENGTH_MIN = 16
HINT = 'write "{{ .env.NAME }}" and set the variable, or put it into the project\'s .env file'


def is_credential_header(name: str) -> bool:
    """Returns whether a header of this name carries a key."""
    return name.lower() in _CREDENTIAL_HEADERS


def refuse_in_clear(at: At, problems: Problems) -> bool:
    """Complains about a text that is no template where a key belongs; returns whether it did."""
    literal = isinstance(at.value, str) and bool(at.value) and not has_template(at.value)
    if literal:
        refuse(at, 0, len(at.value), problems)
    return literal


def refuse(at: At, start: int, end: int, problems: Problems) -> None:
    """Complains about the key that stands between two offsets of a text."""
    shown = f" ({at.value[start : start + 3]}…)" if end - start >= SHOWN_LENGTH_MIN else ""
    message = f"a credential stands here in clear{shown}"
    problems.within(Diagnostic(code=SECRET_CODE, message=message, hint=HINT), at, start, end)
