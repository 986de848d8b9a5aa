"""Cuts a condition into tokens, as CEL does: numbers, texts, words and signs; blanks and comments are left out."""

from __future__ import annotations

import re
from typing import NamedTuple

from statewright.language.templates.problems import TemplateSyntaxError

# What is longer is a program; it belongs into a tool (DESIGN 9).
CONDITION_LENGTH_MAX = 8 * 1024
# What a message shows of a text that is not closed.
SHOWN_MAX = 20


class Token(NamedTuple):
    """One word of a condition. `spaced` says that a blank stands before it."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool


_SKIPPED = re.compile(r"(?:[ \t\r\n\f]|//[^\n]*)*")
_RAW = r"[rR](?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|\"[^\"\r\n]*\"|'[^'\r\n]*')"
_TEXT = (
    r"\"\"\"(?s:\\.|[^\\])*?\"\"\"|'''(?s:\\.|[^\\])*?'''"
    r"|\"(?:\\.|[^\"\\\r\n])*\"|'(?:\\.|[^'\\\r\n])*'"
)
_NUMBER = r"0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?"
_TOKEN = re.compile(
    rf"(?P<bytes>[bB][rR]?(?=[\"'])|[rR][bB](?=[\"']))|(?P<raw>{_RAW})|(?P<text>{_TEXT})|(?P<number>(?:{_NUMBER})(?!\w))"
    r"|(?P<word>[^\W\d]\w*)|(?P<foreign>===|!==|\*\*|<<|>>|\?\.|\?\?|:=|\{\{)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[?:.,!<>()\[\]{}+\-*/%])"
)
# Signs of other languages, and what to write instead.
_FOREIGN = {
    "===": "compare with ==",
    "!==": "compare with !=",
    "=": "compare with ==",
    "**": "there are no powers; multiply",
    "<<": "there are no shifts; multiply",
    ">>": "there are no shifts; divide",
    "?.": "ask first: has(a.b) && a.b == …",
    "??": "ask first: has(a.b) ? a.b : …",
    ":=": "a condition is one expression; compare with ==",
    "{{": "leave the braces out, or write all of it as a template",
    "&": "write && for and",
    "|": "write || for or; pipes belong to templates: {{ … | … }}",
    "^": "there are no bits here",
    "~": "write ! for not",
    ";": "a condition is one expression",
    "$": "variables belong to templates; a condition begins with a name, as in input.x",
    "@": "a condition begins with a name, as in input.x",
    "`": 'write a name with a hyphen as a["b-c"]',
}


def tokens(text: str) -> tuple[Token, ...]:
    """Returns the tokens of a condition; the last one is always `end`."""
    if len(text) > CONDITION_LENGTH_MAX:
        message = f"a condition may have {CONDITION_LENGTH_MAX:,} characters"
        raise TemplateSyntaxError("EXPR_TOO_LONG", message, CONDITION_LENGTH_MAX, len(text), "give the work to a tool")
    found: list[Token] = []
    at = 0
    while True:
        start = _skipped(text, at)
        if start == len(text):
            return (*found, Token("end", "", start, start, True))
        token = _token(text, start, spaced=start > at)
        found.append(token)
        at = token.end


def _skipped(text: str, at: int) -> int:
    skipped = _SKIPPED.match(text, at)
    assert skipped is not None
    return skipped.end()


def _token(text: str, start: int, *, spaced: bool) -> Token:
    match = _TOKEN.match(text, start)
    if match is None or match.lastgroup is None:
        raise _unknown(text, start)
    if match.lastgroup == "foreign":
        raise _not_ours(match.group(), start)
    if match.lastgroup == "bytes":
        hint = "write it as text, without the prefix"
        raise TemplateSyntaxError("EXPR_UNSUPPORTED", "there are no bytes here", start, match.end(), hint)
    return Token(match.lastgroup, match.group(), start, match.end(), spaced)


def _unknown(text: str, start: int) -> TemplateSyntaxError:
    char = text[start]
    if char in _FOREIGN:
        return _not_ours(char, start)
    if char in "\"'":
        end = min(len(text), start + SHOWN_MAX)
        return TemplateSyntaxError("EXPR_SYNTAX", "this text is not closed", start, end, f"close it with {char}")
    if char.isdigit():
        word = re.compile(r"[\w.]+").match(text, start)
        end = word.end() if word else start + 1
        return TemplateSyntaxError("EXPR_SYNTAX", f"{text[start:end]!r} is not a number", start, end)
    hint = "operators are == != < <= > >= in && || ! ? : + - * / %"
    return TemplateSyntaxError("EXPR_SYNTAX", f"{char!r} cannot stand here", start, start + 1, hint)


def _not_ours(sign: str, start: int) -> TemplateSyntaxError:
    message = f"there is no operator {sign!r}"
    return TemplateSyntaxError("EXPR_UNSUPPORTED", message, start, start + len(sign), _FOREIGN[sign])
