"""What is wrong with a template's text: a code, the place as offsets into that text, and the next step."""

from __future__ import annotations

from statewright.language.diagnostics.edits import Advice


class TemplateSyntaxError(Exception):
    """A text that is no template."""

    def __init__(self, code: str, message: str, start: int, end: int, hint: str | Advice = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        advice = Advice(hint) if isinstance(hint, str) else hint
        self.hint = advice.hint
        self.fix = advice.fix
