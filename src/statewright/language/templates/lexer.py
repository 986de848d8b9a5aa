"""Cuts a template into texts and actions, and an action into tokens.

One lexer for both modes: workflow mode knows operators, brackets, single-quoted text and hyphens inside paths; Go mode
knows none of these, but character constants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from statewright.language.templates.problems import TemplateSyntaxError

Mode = Literal["workflow", "go"]

OPEN, CLOSE = "{{", "}}"
BLANK = " \t\r\n"
# An action that is longer is a program; it belongs into a tool (DESIGN 9).
ACTION_LENGTH_MAX = 8 * 1024


class Token(NamedTuple):
    """One word of an action. `spaced` says that a blank stands before it."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool


class Chunk(NamedTuple):
    """Text between actions, or one action with its tokens; the last token of an action is always `end`."""

    text: str
    tokens: tuple[Token, ...]
    start: int
    end: int


_NUMBER = (
    r"(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]+)?|0[bBoO][0-9_]+"
    r"|(?:[0-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?|\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]+)?)i?"
)
_STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_RAW = r"`[^`]*`"
_QUOTED = r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_WORD = r"[^\W\d]\w*"
_PATH = r"\.[^\W\d]\w*"

_WORKFLOW = re.compile(
    rf"(?P<number>{_NUMBER})(?!\w)|(?P<string>{_STRING}|{_QUOTED})|(?P<raw>{_RAW})|(?P<variable>\$\w*)"
    rf"|(?P<field>{_PATH}(?:-\w+)*)|(?P<word>{_WORD})|(?P<sign>:=|==|!=|<=|>=|&&|\|\||(?!\*\*|<<|>>)[|=<>!()\[\],.+\-*/%])"
)
# Operators of other languages, and what to write instead.
_FOREIGN = {
    "**": "there are no powers; multiply",
    "<<": "there are no shifts; multiply",
    ">>": "there are no shifts; divide",
    "?": "write CONDITION | ternary('yes', 'no')",
    "&": "write && for and",
    "^": "there are no bits here",
    "~": "write + to join texts",
    ";": "one action, one value",
}
_GO = re.compile(
    rf"(?P<number>[+-]?{_NUMBER}(?:[+-]{_NUMBER}(?<=i))?)(?!\w)|(?P<string>{_STRING})|(?P<char>{_QUOTED})"
    rf"|(?P<raw>{_RAW})|(?P<variable>\$\w*)|(?P<field>{_PATH})|(?P<word>{_WORD})|(?P<sign>:=|[|=(),.])"
)
# Right after a value, a segment may begin with a digit: `.xs.0.name`.
_KEYED = re.compile(r"(?P<field>\.\w+(?:-\w+)*)|(?P<sign>\.)")
_VALUES = ("field", "variable")
_BLANKS = re.compile(r"[ \t\r\n]*")
_BRACES = {"}": "a template ends with }}", "{": 'two braces open a template; dict "a" 1 makes a map'}
_OPENERS = {'"': "quoted string", "'": "quoted string", "`": "raw quoted string"}


def chunks(text: str, mode: Mode) -> Iterator[Chunk]:
    """Yields the texts and actions of a template in order; trim markers and comments are done with."""
    position, trim = 0, False
    while True:
        opening = text.find(OPEN, position)
        piece = text[position:] if opening < 0 else text[position:opening]
        start = position
        if trim:
            start += len(piece) - len(piece.lstrip(BLANK))
            piece = piece.lstrip(BLANK)
        inside = opening + len(OPEN)
        trims_left = opening >= 0 and text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in tuple(BLANK)
        if trims_left:
            piece = piece.rstrip(BLANK)
            inside += 1
        if piece:
            yield Chunk(piece, (), start, start + len(piece))
        if opening < 0:
            return
        tokens, position, trim = _action(text, opening, inside, mode)
        if tokens is not None:
            yield Chunk("", tokens, opening, position)


def _action(text: str, opening: int, inside: int, mode: Mode) -> tuple[tuple[Token, ...] | None, int, bool]:
    """Returns the tokens (None for a comment), where the action ends, and whether it trims to the right."""
    at = inside
    while text[at : at + 1] in tuple(BLANK) and inside > opening + len(OPEN):
        at += 1
    if text.startswith("/*", at):
        return None, *_comment(text, opening, at)
    return _tokens(text, opening, inside, mode)


def _comment(text: str, opening: int, at: int) -> tuple[int, bool]:
    closing = text.find("*/", at + 2)
    if closing < 0:
        raise TemplateSyntaxError("EXPR_SYNTAX", "this comment is not closed", opening, len(text), "close it: */}}")
    end, trims = _end(text, _BLANKS.match(text, closing + 2).end(), closing + 2)  # type: ignore[union-attr]  # may be empty
    if end < 0 or (not trims and end != closing + 2 + len(CLOSE)):
        hint = "an action holds either a comment or a value"
        raise TemplateSyntaxError("EXPR_SYNTAX", "a comment ends with */}}", opening, closing + 2, hint)
    return end, trims


def _tokens(text: str, opening: int, inside: int, mode: Mode) -> tuple[tuple[Token, ...], int, bool]:
    pattern = _WORKFLOW if mode == "workflow" else _GO
    tokens: list[Token] = []
    at = inside
    limit = opening + ACTION_LENGTH_MAX
    while True:
        blank = _BLANKS.match(text, at)
        start = blank.end() if blank else at
        if start > limit:
            raise _too_long(opening, limit)
        end, trims = _end(text, start, at)
        if end >= 0:
            tokens.append(Token("end", CLOSE, start, end, True))
            return tuple(tokens), end, trims
        if start >= len(text):
            raise TemplateSyntaxError("EXPR_SYNTAX", "this action is not closed", opening, start, "close it: }}")
        spaced = start > at or not tokens
        follows = not spaced and mode == "workflow" and (tokens[-1].kind in _VALUES or tokens[-1].text in ")]")
        token = _token(text, start, _KEYED if follows and text[start] == "." else pattern, mode, spaced)
        tokens.append(token)
        at = token.end


def _end(text: str, start: int, at: int) -> tuple[int, bool]:
    """Returns where an action's end begins to be text again, -1 if `start` is not at an end; and whether it trims."""
    if text.startswith(CLOSE, start):
        return start + len(CLOSE), False
    if start > at and text.startswith("-" + CLOSE, start):
        return start + 1 + len(CLOSE), True
    return -1, False


def _token(text: str, start: int, pattern: re.Pattern[str], mode: Mode, spaced: bool) -> Token:
    match = pattern.match(text, start)
    if match is None or match.lastgroup is None:
        raise _unknown(text, start, mode)
    token: Token = tuple.__new__(Token, (match.lastgroup, match[0], start, match.end(), spaced))
    if mode == "workflow" and token.kind == "field" and token.text.startswith(".__"):
        raise _forbidden(token)
    return token


def _forbidden(token: Token) -> TemplateSyntaxError:
    message = f"there is no {token.text[1:]!r}: names that begin with underscores do not exist"
    return TemplateSyntaxError("EXPR_ATTRIBUTE_FORBIDDEN", message, token.start, token.end)


def _unknown(text: str, start: int, mode: Mode) -> TemplateSyntaxError:
    char = text[start]
    foreign = next((sign for sign in _FOREIGN if text.startswith(sign, start)), None) if mode == "workflow" else None
    if foreign:
        message = f"there is no operator {foreign!r}"
        return TemplateSyntaxError("EXPR_UNSUPPORTED", message, start, start + len(foreign), _FOREIGN[foreign])
    if char in _OPENERS:
        message, hint = f"this {_OPENERS[char]} is not closed", f"close it with {char}"
        return TemplateSyntaxError("EXPR_SYNTAX", message, start, min(len(text), start + 20), hint)
    if char.isdigit() or (char in "+-." and text[start + 1 : start + 2].isdigit()):
        word = re.compile(r"[\w.+\-]+").match(text, start)
        end = word.end() if word else start + 1
        return TemplateSyntaxError("EXPR_SYNTAX", f"{text[start:end]!r} is not a number", start, end)
    operators = "operators are == != < <= > >= && || ! + - * / %" if mode == "workflow" else ""
    hint = _BRACES.get(char, operators)
    return TemplateSyntaxError("EXPR_SYNTAX", f"{char!r} cannot stand here", start, start + 1, hint)


def _too_long(opening: int, limit: int) -> TemplateSyntaxError:
    message = f"an action may have {ACTION_LENGTH_MAX:,} characters"
    return TemplateSyntaxError("EXPR_TOO_LONG", message, opening, limit, "give the work to a tool")
