"""Keys in clear: what they look like, and how a line that holds one is shown."""

from __future__ import annotations

import re2

# Beginnings that only keys have: OpenAI and Anthropic, GitHub, AWS, Slack, PEM.
LITERAL_KEYS = re2.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def masked(text: str) -> str:
    """Returns the text with every key replaced, character by character, so that columns stay."""
    for found in LITERAL_KEYS.finditer(text):
        text = hidden(text, found.start(), found.end())
    return text


def hidden(text: str, start: int, end: int) -> str:
    """Returns the text with the characters from `start` to `end` hidden."""
    return text[:start] + "*" * (min(end, len(text)) - start) + text[end:]
