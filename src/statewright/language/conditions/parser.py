"""Parses a condition: CEL's grammar without messages, bytes, and dates.

Precedence, loosest first: `?:`, `||`, `&&`, comparison and `in`, `+ -`, `* / %`, sign and `!`, what stands behind a
value. The nodes are those of templates where both mean the same, and of `kernel/expressions/conditions` where not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from statewright.kernel.expressions.calls import Call
from statewright.kernel.expressions.comprehensions import Chosen, Every, Mapped, Single
from statewright.kernel.expressions.conditions import (
    Calculation,
    Choice,
    Decision,
    Has,
    ListOf,
    MapOf,
    Name,
    Opposite,
    Position,
    Same,
    Select,
    Within,
)
from statewright.kernel.expressions.functions.cel import TYPES
from statewright.kernel.expressions.nodes import Literal, Negative, Node, Ordering, Variable
from statewright.language.conditions import calls, literals
from statewright.language.conditions.cursor import ELSEWHERE, Cursor
from statewright.language.conditions.lexer import Token
from statewright.language.templates.problems import TemplateSyntaxError

# Nobody writes 64 levels by hand (DESIGN 9); it bounds the recursion of parsing and of evaluating alike.
HEIGHT_MAX = 64
BINDING: dict[str, int] = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4, "*": 5, "/": 5,
    "%": 5,
}  # fmt: skip
OPERATORS: dict[str, Callable[[str, Node, Node], Node]] = {
    "||": Decision, "&&": Decision, "==": Same, "!=": Same, "<": Ordering, "<=": Ordering, ">": Ordering,
    ">=": Ordering, "in": Within, "+": Calculation, "-": Calculation, "*": Calculation, "/": Calculation,
    "%": Calculation,
}  # fmt: skip
CONSTANTS = {"true": True, "false": False, "null": None}
_TASK = re.compile(r"tasks\s*\.\s*(\w+(?:-\w+)+)")


class Parsed(NamedTuple):
    """A condition's expression, how many variables it needs, and what evaluating it once costs at least."""

    node: Node
    slots: int
    weight: int


def parse(text: str) -> Parsed:
    """Returns the parsed condition; raises `TemplateSyntaxError`."""
    return _Parser(text).parse()


class _Parser(Cursor):
    """Reads the tokens once, from left to right."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._heights: dict[Node, int] = {}
        # The variables of macros that are visible here; the first slot is the scope's.
        self._variables = [""]
        self._slots = 1

    def parse(self) -> Parsed:
        if self.token.kind == "end":
            raise self.wrong("a condition is missing", self.token, "write what has to be true: input.x > 0")
        node = self._expression()
        if self.token.kind != "end":
            raise self.unexpected(self.token)
        return Parsed(node, self._slots, len(self.tokens))

    def _expression(self) -> Node:
        self._deeper()
        node = self._binary(0)
        if self.takes("?"):
            yes = self._binary(0)
            self.expect(":")
            no = self._expression()
            node = self._grown(Choice(node, yes, no), node, yes, no)
        self._depth -= 1
        return node

    def _binary(self, loosest: int) -> Node:
        node = self._unary()
        while self.token.kind in ("sign", "word") and BINDING.get(self.token.text, -1) >= loosest:
            token = self.next()
            right = self._binary(BINDING[token.text] + 1)
            if token.text == "-":
                self._note_hyphen(node, token)
            left, right = _typed(token.text, node, right)
            node = self._grown(OPERATORS[token.text](token.text, left, right), node, right)
        return node

    def _unary(self) -> Node:
        token = self.token
        if token.kind != "sign" or token.text not in ("!", "-"):
            return self._member()
        self._deeper()
        self.at += 1
        if token.text == "-" and self.token.kind == "number":
            number = self.next()
            node: Node = self._followed(Literal(literals.number(number, negative=True), token.start, number.end))
        else:
            value = self._unary()
            kind = Opposite if token.text == "!" else Negative
            node = self._grown(kind(value, token.start), value)
        self._depth -= 1
        return node

    def _member(self) -> Node:
        return self._followed(self._primary())

    def _primary(self) -> Node:
        token = self.next()
        if token.kind == "number":
            return Literal(literals.number(token), token.start, token.end)
        if token.kind in ("text", "raw"):
            return Literal(literals.text(token), token.start, token.end)
        if token.kind == "word" and token.text != "in":
            return self._word(token)
        opened = {"(": self._grouped, "[": self._list, "{": self._map, ".": self._rooted}.get(token.text)
        if token.kind != "sign" or opened is None:
            raise self.unexpected(token)
        return opened(token)

    def _word(self, token: Token) -> Node:
        if token.text in CONSTANTS:
            return Literal(CONSTANTS[token.text], token.start, token.end)
        if self.stands("("):
            return self._function(token)
        if self.stands("{"):
            raise TemplateSyntaxError(
                "EXPR_UNSUPPORTED", "there are no messages here", token.start, self.token.end, 'write a map: {"a": 1}'
            )
        if token.text in self._variables:
            slot = len(self._variables) - 1 - self._variables[::-1].index(token.text)
            return Variable(token.text, slot, token.start, token.end)
        if token.text in ELSEWHERE:
            raise self.wrong(f"there is no {token.text!r} here", token, ELSEWHERE[token.text])
        return Name((self.allowed(token).text,), token.start, token.end)

    def _rooted(self, dot: Token) -> Node:
        """A name of the scope even where a variable hides it; templates write it so."""
        word = self.word_behind()
        return Name((word.text,), dot.start, word.end)

    def _grouped(self, opening: Token) -> Node:
        node = self._expression()
        self.expect(")")
        return node

    def _list(self, opening: Token) -> Node:
        entries = tuple(self._listed("]"))
        return self._grown(ListOf(entries, opening.start, self.last.end), *entries)

    def _map(self, opening: Token) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self.takes("}"):
            if entries:
                self.expect(",")
                if self.takes("}"):
                    break
            key = self._expression()
            self.expect(":")
            entries.append((key, self._expression()))
        parts = [part for entry in entries for part in entry]
        return self._grown(MapOf(tuple(entries), opening.start, self.last.end), *parts)

    def _followed(self, node: Node) -> Node:
        """Takes what stands behind a value: fields, brackets, methods."""
        while self.token.kind == "sign" and self.token.text in (".", "["):
            opening = self.next()
            if opening.text == "[":
                key = self._expression()
                self.expect("]")
                node = self._grown(Position(node, key, node.start, self.last.end), node, key)
                continue
            words = self.words_behind()
            called = words.pop() if self.stands("(") else None
            node = self._selected(node, words) if words else node
            node = self._method(called, node) if called is not None else node
        return node

    def _selected(self, node: Node, words: list[Token]) -> Node:
        """Fields of a name are one path with it."""
        names, end = tuple(word.text for word in words), words[-1].end
        if type(node) is Name:
            return self._grown(Name((*node.names, *names), node.start, end))
        return self._grown(Select(node, names, node.start, end), node)

    def _function(self, word: Token) -> Node:
        self.at += 1
        if word.text == calls.ASKING:
            return self._has(word)
        arguments = self._listed(")")
        return self._grown(calls.function(word, arguments, self.last.end), *arguments)

    def _has(self, word: Token) -> Node:
        arguments = self._listed(")")
        if len(arguments) != 1:
            raise calls.miscounted(word, "1", len(arguments), self.last.end)
        value = arguments[0]
        if not isinstance(value, (Name, Select, Position)):
            message = "has() asks for a name or a field"
            raise TemplateSyntaxError("EXPR_SYNTAX", message, value.start, value.end, "write has(a.b)")
        return self._grown(Has(value, word.start, self.last.end), value)

    def _method(self, word: Token, receiver: Node) -> Node:
        self.at += 1
        if word.text in calls.MACROS:
            return self._macro(word, receiver)
        arguments = self._listed(")")
        return self._grown(calls.method(word, receiver, arguments, self.last.end), receiver, *arguments)

    def _macro(self, word: Token, over: Node) -> Node:
        """`over.all(x, test)`: the variable is visible in the tests alone."""
        variable = self.allowed(self.next())
        if variable.kind != "word" or variable.text in (*CONSTANTS, "in"):
            raise self.wrong(f"{word.text} begins with the name of a variable", variable, f"write {word.text}(x, …)")
        self._variables.append(variable.text)
        slot, begin = len(self._variables) - 1, self.at
        self._slots = max(self._slots, slot + 1)
        tests: list[Node] = []
        while self.takes(","):
            tests.append(self._expression())
        weight = self.at - begin
        self.expect(")")
        self._variables.pop()
        if len(tests) != 1 and not (len(tests) == 2 and word.text == "map"):
            wanted = "2 or 3" if word.text == "map" else "2"
            raise calls.miscounted(word, wanted, len(tests) + 1, self.last.end)
        node = _MACROS[word.text](over, slot, tests, weight, self.last.end)
        return self._grown(node, over, *tests)

    def _listed(self, closing: str) -> list[Node]:
        """Expressions with commas between them, up to the closing sign; a list may end with a comma."""
        found: list[Node] = []
        while not self.takes(closing):
            if found:
                self.expect(",")
                if closing == "]" and self.takes(closing):
                    break
            found.append(self._expression())
        return found

    def _note_hyphen(self, left: Node, minus: Token) -> None:
        """`tasks.my-task` is a subtraction; where that fails, its author may have meant a task."""
        if isinstance(left, Name) and left.names[0] == "tasks" and left.end == minus.start:
            meant = _TASK.match(self.text, left.start)
            if meant is not None:
                left.hint = f'a name with a hyphen is written tasks["{meant.group(1)}"]'

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > HEIGHT_MAX:
            raise self._deep(self.token.start, self.token.end)

    def _grown(self, node: Node, *parts: Node) -> Node:
        """Notes how high the tree under a node is: evaluating it recurses as deep."""
        height = 1 + max((self._heights.get(part, 0) for part in parts), default=0)
        if height > HEIGHT_MAX:
            raise self._deep(node.start, node.end)
        self._heights[node] = height
        return node

    def _deep(self, start: int, end: int) -> TemplateSyntaxError:
        message = f"a condition may nest {HEIGHT_MAX} levels deep"
        return TemplateSyntaxError("EXPR_DEPTH", message, start, end, "give the work to a tool")


Macro = Callable[[Node, int, list[Node], int, int], Node]
_MACROS: dict[str, Macro] = {
    "all": lambda over, slot, tests, weight, end: Every(over, slot, tests[0], weight=weight, end=end, stop=False),
    "exists": lambda over, slot, tests, weight, end: Every(over, slot, tests[0], weight=weight, end=end, stop=True),
    "exists_one": lambda over, slot, tests, weight, end: Single(over, slot, tests[0], weight=weight, end=end),
    "existsOne": lambda over, slot, tests, weight, end: Single(over, slot, tests[0], weight=weight, end=end),
    "filter": lambda over, slot, tests, weight, end: Chosen(over, slot, tests[0], weight=weight, end=end),
    "map": lambda over, slot, tests, weight, end: Mapped(
        over, slot, tests[-1], weight=weight, end=end, only=tests[0] if len(tests) > 1 else None
    ),
}


def _typed(sign: str, left: Node, right: Node) -> tuple[Node, Node]:
    """Beside `type(x)` the name of a type is that name: `type(x) == int`."""
    if sign not in ("==", "!=", "in"):
        return left, right
    if _asks_type(left):
        right = _named(right)
    return (_named(left), right) if _asks_type(right) else (left, right)


def _asks_type(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "type"


def _named(node: Node) -> Node:
    if isinstance(node, ListOf):
        return ListOf(tuple(map(_named, node.entries)), node.start, node.end)
    if isinstance(node, Name) and len(node.names) == 1 and node.names[0] in TYPES:
        return Literal(node.names[0], node.start, node.end)
    return node
