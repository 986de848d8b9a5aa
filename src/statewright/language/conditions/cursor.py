"""Goes through the tokens of a condition, and says what cannot stand where it stands. It knows no expressions."""

from __future__ import annotations

from statewright.language.conditions.lexer import Token, tokens
from statewright.language.templates.problems import TemplateSyntaxError

# Words of other languages, and what to write instead.
ELSEWHERE = {
    "and": "write && for and",
    "or": "write || for or",
    "not": "write ! for not",
    "is": "compare with ==",
    "if": "write CONDITION ? A : B",
    "else": "write CONDITION ? A : B",
    "True": "write true",
    "False": "write false",
    "None": "write null",
    "nil": "write null",
    "undefined": "ask with has(a.b)",
}


class Cursor:
    """A place in a condition; `at` is the position of the next token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    @property
    def last(self) -> Token:
        """The token before."""
        return self.tokens[self.at - 1]

    def next(self) -> Token:
        """Goes one token on, though not beyond the end; returns the one that was next."""
        token = self.token
        self.at += token.kind != "end"
        return token

    def stands(self, sign: str) -> bool:
        """Says whether a sign comes next."""
        return self.token.kind == "sign" and self.token.text == sign

    def takes(self, sign: str) -> bool:
        """Goes over a sign if it comes next."""
        found = self.stands(sign)
        self.at += found
        return found

    def expect(self, sign: str) -> None:
        """Goes over a sign that has to come next."""
        if not self.takes(sign):
            raise self.wrong(f"expected {sign!r}, not {_shown(self.token)}", self.token, _advice(self.token))

    def words_behind(self) -> list[Token]:
        """Returns the names that follow a dot, up to where no further dot stands."""
        words = [self.word_behind()]
        while self.takes("."):
            words.append(self.word_behind())
        return words

    def word_behind(self) -> Token:
        """Returns the name that follows a dot."""
        word = self.token
        if word.kind != "word":
            hint = 'write a[0] for a position, a["b"] for any other key'
            raise self.wrong(f"a name is missing behind '.', {_shown(word)} cannot stand there", word, hint)
        self.at += 1
        return self.allowed(word)

    def allowed(self, word: Token) -> Token:
        """Returns a name, unless it is one of the program's own."""
        if word.text.startswith("__"):
            message = f"there is no {word.text!r}: names that begin with underscores do not exist"
            raise TemplateSyntaxError("EXPR_ATTRIBUTE_FORBIDDEN", message, word.start, word.end)
        return word

    def unexpected(self, token: Token) -> TemplateSyntaxError:
        """The error of a token in a place where nothing like it can be."""
        return self.wrong(f"{_shown(token)} cannot stand here", token, _advice(token))

    def wrong(self, message: str, token: Token, hint: str = "") -> TemplateSyntaxError:
        """The error of a token."""
        return TemplateSyntaxError("EXPR_SYNTAX", message, token.start, token.end, hint)


def _shown(token: Token) -> str:
    return "the end of the condition" if token.kind == "end" else repr(token.text)


def _advice(token: Token) -> str:
    return ELSEWHERE.get(token.text, "") if token.kind == "word" else ""
