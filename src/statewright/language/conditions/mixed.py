"""Refuses templates inside a condition: what they print would be read as code, whoever has written the data."""

from __future__ import annotations

import re

from statewright.language.templates.lexer import chunks
from statewright.language.templates.problems import TemplateSyntaxError

# No key of a route has these in it.
_SIGNS = re.compile(r"==|!=|<=|>=|&&|\|\||[<>?]|\w\(|\bin\s*[\[(]")
_PATH = re.compile(r"\{\{-?\s*\.([^\W\d][\w.]*)\s*-?\}\}")


def check_mixed(text: str) -> None:
    """Raises `TemplateSyntaxError` for a text with `{{ }}` whose own words are a condition."""
    parts = list(chunks(text, "workflow"))
    if not any(_SIGNS.search(part.text) for part in parts if not part.tokens):
        return
    action = next((part for part in parts if part.tokens), None)
    if action is None:
        return
    path = _PATH.fullmatch(text[action.start : action.end])
    instead = f"{path.group(1)}, without quotes and braces" if path else "all of it as a condition without braces"
    hint = f"write {instead}; or put the whole condition into one {{{{ … }}}}"
    message = "a template inside a condition would be read as part of it"
    raise TemplateSyntaxError("TEMPLATE_NOT_ALLOWED_HERE", message, action.start, action.end, hint)
