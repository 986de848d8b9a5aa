"""Word cases: `camelcase`, `snakecase`, `kebabcase`, as the library xstrings has them."""

from __future__ import annotations

import re

from statewright.kernel.expressions.functions.signature import Function

# Where a new word begins: aB, ABc, and 2x after letters.
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERED = re.compile(r"(?<![a-zA-Z0-9])([a-zA-Z]+)(?=[0-9]+[a-z])")
_CONNECTORS = re.compile(r"[-_\s]")


def camelcase(text: str) -> str:
    """Returns `SomeWords` of `some_words`; connectors at the ends stay, of several in a row one goes."""
    core = text.strip("-_ \t\n")
    lead = text[: len(text) - len(text.lstrip("-_ \t\n"))]
    tail = text[len(lead) + len(core) :]
    return lead + re.sub(r"([-_\s]*?)[-_\s]?([^-_\s]+)", _capital, core) + tail


def _capital(found: re.Match[str]) -> str:
    word = found.group(2)
    rest = word[1:]
    if word[0].isupper():
        # A run of capitals at the start is one shouted word; what follows it keeps its case.
        shouted = len(rest) - len(rest.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        rest = rest[:shouted].lower() + rest[shouted:]
    return found.group(1) + word[0].upper() + rest


def snakecase(text: str) -> str:
    """Returns `some_words`."""
    return _separated(text, "_")


def kebabcase(text: str) -> str:
    """Returns `some-words`."""
    return _separated(text, "-")


def _separated(text: str, separator: str) -> str:
    words = _BOUNDARY.sub(separator, _CONNECTORS.sub(separator, text))
    return _NUMBERED.sub(lambda found: found.group(1) + separator, words).lower()


FUNCTIONS = {
    "camelcase": Function(camelcase, "S"),
    "kebabcase": Function(kebabcase, "S"),
    "snakecase": Function(snakecase, "S"),
}
