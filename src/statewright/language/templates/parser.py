"""Parses a whole template: blocks, definitions, variables. The expressions inside actions are `expressions`' work.

The result is a body and the named templates that it can invoke; nothing here knows data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from statewright.kernel.expressions.blocks import (
    BREAK,
    CONTINUE,
    NOTHING,
    Assign,
    Block,
    If,
    Invoke,
    Leave,
    Print,
    Range,
    Statement,
    Text,
    With,
)
from statewright.kernel.expressions.golang import GoPrint
from statewright.kernel.expressions.nodes import Field, Node
from statewright.language.templates import literals
from statewright.language.templates.expressions import HEIGHT_MAX, Expressions
from statewright.language.templates.lexer import Chunk, Mode, Token, chunks
from statewright.language.templates.problems import TemplateSyntaxError
from statewright.language.templates.resolving import Functions
from statewright.language.templates.variables import Variables

# Parsing one takes about 50 microseconds; the longest template that anybody has written has a few hundred.
CHUNKS_MAX = 10_000
CLOSERS = ("end", "else")


class Parsed(NamedTuple):
    """A template's body and its named templates; `sole` is the expression of a text that is exactly one action."""

    body: Block
    templates: dict[str, Block]
    sole: Node | None


# What most templates of a project are: one path and nothing else.
_PLAIN = re.compile(r"\{\{ ?(?P<path>(?:\.[A-Za-z][A-Za-z0-9_]{0,60}){1,8}) ?\}\}")


def parse(text: str, mode: Mode, supplied: frozenset[str]) -> Parsed:
    """Returns the parsed template; raises `TemplateSyntaxError`."""
    plain = _PLAIN.fullmatch(text) if mode == "workflow" else None
    if plain is not None:
        return _path(plain)
    return _Parser(text, mode, Functions(mode, supplied)).parse()


def _path(plain: re.Match[str]) -> Parsed:
    """Returns what the parser would, for a tenth of the time."""
    names = tuple(plain["path"].split(".")[1:])
    field = Field(names, *plain.span("path"))
    # Its weight is its tokens: every name, and the end.
    return Parsed(Block([Print(field, len(names) + 1)], 1), {}, field)


class _Parser:
    """Goes through the chunks once, block by block."""

    def __init__(self, text: str, mode: Mode, functions: Functions) -> None:
        self._chunks = list(islice(chunks(text, mode), CHUNKS_MAX + 1))
        if len(self._chunks) > CHUNKS_MAX:
            message = f"a template may have {CHUNKS_MAX:,} texts and actions"
            last = self._chunks[-1]
            raise TemplateSyntaxError("EXPR_TOO_LONG", message, last.start, last.end, "split it")
        self._at = 0
        self._mode: Mode = mode
        self._functions = functions
        self._variables = Variables()
        self._templates: dict[str, Block] = {}
        self._loops = 0
        self._depth = 0

    def parse(self) -> Parsed:
        nodes, closer = self._statements()
        if closer is not None:
            raise self._stray(closer)
        sole = nodes[0] if len(self._chunks) == 1 and len(nodes) == 1 else None
        return Parsed(
            Block(nodes, self._variables.slots),
            self._templates,
            sole.value if isinstance(sole, (Print, GoPrint)) else None,
        )

    def _statements(self) -> tuple[list[Statement], Chunk | None]:
        """Returns statements up to an `end` or `else`, which is returned too; None at the end of the text."""
        found: list[Statement] = []
        while self._at < len(self._chunks):
            chunk = self._chunks[self._at]
            self._at += 1
            if not chunk.tokens:
                found.append(Text(chunk.text))
                continue
            if chunk.tokens[0].kind == "word" and chunk.tokens[0].text in CLOSERS:
                return found, chunk
            statement = self._statement(chunk)
            if statement is not None:
                found.append(statement)
        return found, None

    def _statement(self, chunk: Chunk) -> Statement | None:
        head = chunk.tokens[0]
        if head.kind == "word" and head.text in _ACTIONS:
            return _ACTIONS[head.text](self, chunk)
        if head.kind == "variable" and chunk.tokens[1].text in (":=", "=", ",") and chunk.tokens[1].kind == "sign":
            return self._assignment(chunk)
        value = self._expression(chunk.tokens, 0, "an action")
        kind = Print if self._mode == "workflow" else GoPrint
        return kind(value, len(chunk.tokens))

    def _assignment(self, chunk: Chunk) -> Statement:
        name, sign = chunk.tokens[0], chunk.tokens[1]
        if sign.text == ",":
            raise self._wrong("only range declares two variables", sign)
        value = self._expression(chunk.tokens, 2, "an assignment")
        slot = self._variables.declare(name.text) if sign.text == ":=" else self._variables.slot(name)
        return Assign(slot, value, len(chunk.tokens))

    def _if(self, chunk: Chunk) -> Statement:
        return self._condition(chunk, If)

    def _with(self, chunk: Chunk) -> Statement:
        return self._condition(chunk, With)

    def _condition(self, chunk: Chunk, kind: type[If | With], first: int = 1) -> Statement:
        mark = self._variables.mark()
        value, slot = self._declared(chunk, first, kind.__name__.lower())
        body, otherwise = self._bodies(chunk, kind, mark)
        return kind(value, body, otherwise, slot=slot, weight=len(chunk.tokens))

    def _declared(self, chunk: Chunk, first: int, place: str) -> tuple[Node, int]:
        """Returns the value of an `if` or `with`, and the slot of the variable that it declares or sets, or -1."""
        name, sign = chunk.tokens[first], chunk.tokens[min(first + 1, len(chunk.tokens) - 1)]
        if name.kind != "variable" or sign.kind != "sign" or sign.text not in (":=", "=", ","):
            return self._expression(chunk.tokens, first, f"'{place}'"), -1
        if sign.text == ",":
            raise self._wrong(f"too many declarations in '{place}'; only range declares two variables", sign)
        value = self._expression(chunk.tokens, first + 2, f"'{place}'")
        return value, self._variables.declare(name.text) if sign.text == ":=" else self._variables.slot(name)

    def _bodies(self, chunk: Chunk, kind: type[If | With] | None, mark: int) -> tuple[Block, Block]:
        """Returns what is done and what is done otherwise; `else if` and `else with` are blocks of their own."""
        self._enter(chunk)
        inner = self._variables.mark()
        nodes, closer = self._closed(chunk)
        self._variables.leave(inner)
        otherwise = NOTHING
        if closer.tokens[0].text == "else":
            otherwise = self._else(chunk, closer, kind)
        self._variables.leave(mark)
        self._depth -= 1
        return Block(nodes), otherwise

    def _else(self, chunk: Chunk, closer: Chunk, kind: type[If | With] | None) -> Block:
        follows = closer.tokens[1]
        if kind is not None and follows.text == kind.__name__.lower():
            return Block([self._condition(closer, kind, first=2)])
        if follows.kind != "end":
            raise self._wrong("'else' stands alone, or before the word of its own block", follows)
        loops = self._loops
        # The `else` of a range is outside of the loop.
        self._loops -= kind is None
        nodes, end = self._closed(chunk)
        self._loops = loops
        if end.tokens[0].text != "end":
            raise self._wrong("a second 'else'", end.tokens[0])
        return Block(nodes)

    def _closed(self, chunk: Chunk) -> tuple[list[Statement], Chunk]:
        nodes, closer = self._statements()
        if closer is None:
            head = chunk.tokens[0]
            raise self._wrong(f"this {head.text!r} has no end", head, "close it: {{ end }}")
        if closer.tokens[0].text == "end" and closer.tokens[1].kind != "end":
            raise self._wrong("'end' stands alone", closer.tokens[1])
        return nodes, closer

    def _range(self, chunk: Chunk) -> Statement:
        mark = self._variables.mark()
        names, sign, first = self._range_names(chunk.tokens)
        value = self._expression(chunk.tokens, first, "'range'")
        slots = [self._variables.declare(n.text) if sign == ":=" else self._variables.slot(n) for n in names]
        key, element = [-1, -1, *slots][-2:] if len(slots) != 1 else (-1, slots[0])
        self._loops += 1
        body, otherwise = self._bodies(chunk, None, mark)
        self._loops -= 1
        return Range(value, body, otherwise, slots=(key, element), weight=len(chunk.tokens))

    def _range_names(self, tokens: Sequence[Token]) -> tuple[list[Token], str, int]:
        """Returns the variables of `range $i, $e := …`, the sign, and where the value begins."""
        names: list[Token] = []
        at = 1
        while tokens[at].kind == "variable":
            follows = tokens[at + 1]
            if follows.kind != "sign" or follows.text not in (":=", "=", ","):
                break
            names.append(tokens[at])
            if len(names) > 2:
                raise self._wrong("range declares two variables at most", tokens[at])
            at += 2
            if follows.text != ",":
                return names, follows.text, at
        if names:
            raise self._wrong("range can only initialize variables", tokens[at])
        return [], "", 1

    def _define(self, chunk: Chunk) -> Statement | None:
        if self._depth:
            raise self._wrong("'define' stands outside of every block", chunk.tokens[0])
        name = self._name(chunk)
        if chunk.tokens[2].kind != "end":
            raise self._unexpected(chunk.tokens[2])
        self._body(chunk, name)
        return None

    def _block(self, chunk: Chunk) -> Statement:
        name = self._name(chunk)
        value = self._expression(chunk.tokens, 2, "'block'")
        self._body(chunk, name)
        return self._invoked(chunk, name, value)

    def _body(self, chunk: Chunk, name: str) -> None:
        """Parses the body of a named template: its variables and loops are its own."""
        self._enter(chunk)
        outside = self._variables, self._loops
        self._variables, self._loops = Variables(), 0
        nodes, closer = self._closed(chunk)
        if closer.tokens[0].text != "end":
            raise self._stray(closer)
        body = Block(nodes, self._variables.slots)
        self._variables, self._loops = outside
        self._depth -= 1
        # An empty body neither replaces another nor counts as a second one.
        known = self._templates.get(name)
        if known is None or _is_blank(known):
            self._templates[name] = body
        elif not _is_blank(body):
            raise self._wrong(f"a second template {name!r}", chunk.tokens[1])

    def _template(self, chunk: Chunk) -> Statement:
        name = self._name(chunk)
        value = None
        if chunk.tokens[2].kind != "end":
            value = self._expression(chunk.tokens, 2, "'template'")
        return self._invoked(chunk, name, value)

    def _invoked(self, chunk: Chunk, name: str, value: Node | None) -> Statement:
        return Invoke(name, value, start=chunk.start, end=chunk.end, weight=len(chunk.tokens))

    def _name(self, chunk: Chunk) -> str:
        token = chunk.tokens[1]
        if token.kind not in ("string", "raw"):
            raise self._wrong(f"{chunk.tokens[0].text!r} needs a name in quotes", token)
        return literals.text(token)

    def _break(self, chunk: Chunk) -> Statement:
        return self._leave(chunk, BREAK)

    def _continue(self, chunk: Chunk) -> Statement:
        return self._leave(chunk, CONTINUE)

    def _leave(self, chunk: Chunk, signal: int) -> Statement:
        if chunk.tokens[1].kind != "end":
            raise self._unexpected(chunk.tokens[1])
        if not self._loops:
            raise self._wrong(f"{chunk.tokens[0].text!r} stands outside of every range", chunk.tokens[0])
        return Leave(signal)

    def _enter(self, chunk: Chunk) -> None:
        self._depth += 1
        if self._depth >= HEIGHT_MAX:
            message = f"blocks may nest {HEIGHT_MAX} levels deep"
            raise TemplateSyntaxError("EXPR_DEPTH", message, chunk.start, chunk.end, "split the template")

    def _expression(self, tokens: Sequence[Token], first: int, place: str) -> Node:
        return Expressions(tokens, self._mode, self._variables, self._functions, first).whole(place)

    def _stray(self, chunk: Chunk) -> TemplateSyntaxError:
        return self._wrong(f"{chunk.tokens[0].text!r} closes nothing", chunk.tokens[0])

    def _unexpected(self, token: Token) -> TemplateSyntaxError:
        return self._wrong(f"{token.text!r} cannot stand here", token)

    def _wrong(self, message: str, token: Token, hint: str = "") -> TemplateSyntaxError:
        return TemplateSyntaxError("EXPR_SYNTAX", message, token.start, token.end, hint)


_ACTIONS: dict[str, Callable[[_Parser, Chunk], Statement | None]] = {
    "block": _Parser._block,
    "break": _Parser._break,
    "continue": _Parser._continue,
    "define": _Parser._define,
    "if": _Parser._if,
    "range": _Parser._range,
    "template": _Parser._template,
    "with": _Parser._with,
}


def _is_blank(body: Block) -> bool:
    return all(isinstance(node, Text) and not node.text.strip() for node in body.nodes)
