"""The variables of a template while it is parsed: which names are visible, and which slot each has at run time."""

from __future__ import annotations

from difflib import get_close_matches

from statewright.language.templates.lexer import Token
from statewright.language.templates.problems import TemplateSyntaxError

ROOT = "$"


class Variables:
    """A stack of names. Every declaration is a slot of its own until its block ends."""

    def __init__(self) -> None:
        self._names = [ROOT]
        self.slots = 1

    def declare(self, name: str) -> int:
        """Makes a name visible from here on; returns its slot."""
        self._names.append(name)
        self.slots = max(self.slots, len(self._names))
        return len(self._names) - 1

    def slot(self, token: Token) -> int:
        """Returns the slot of the innermost variable of this name."""
        for position in range(len(self._names) - 1, -1, -1):
            if self._names[position] == token.text:
                return position
        close = get_close_matches(token.text, self._names[1:], 1)
        hint = f"did you mean {close[0]}?" if close else f"declare it first: {{{{ {token.text} := … }}}}"
        raise TemplateSyntaxError(
            "EXPR_VARIABLE_UNKNOWN", f"there is no variable {token.text}", token.start, token.end, hint
        )

    def mark(self) -> int:
        """Returns where a block begins."""
        return len(self._names)

    def leave(self, mark: int) -> None:
        """Forgets what was declared since `mark`."""
        del self._names[mark:]
