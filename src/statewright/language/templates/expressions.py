"""Parses the expression of one action. Workflow mode has operators, paren calls and brackets; Go mode has pipelines.

Precedence in workflow mode, loosest first: `||`, `&&`, comparison, `|`, `+ -`, `* / %`, `!` and sign, application. A
pipe feeds what stands before it into the next call: `.a == "x" && .xs | length > 3` means what it seems to mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from statewright.kernel.expressions.calls import Fault
from statewright.kernel.expressions.golang import GoAccess, GoField
from statewright.kernel.expressions.nodes import (
    Access,
    Arithmetic,
    Both,
    Dot,
    Equality,
    Field,
    Index,
    Literal,
    Method,
    Negative,
    Node,
    Not,
    Ordering,
    Variable,
)
from statewright.language.templates import literals
from statewright.language.templates.lexer import Mode, Token
from statewright.language.templates.problems import TemplateSyntaxError
from statewright.language.templates.resolving import Functions
from statewright.language.templates.variables import Variables

# Nobody writes 64 levels by hand (DESIGN 9); it bounds the recursion of parsing and of evaluating alike.
HEIGHT_MAX = 64

PIPE = "|"
BINDING: dict[str, int] = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, PIPE: 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
OPERATORS: dict[str, Callable[[str, Node, Node], Node]] = {
    "||": Both, "&&": Both, "==": Equality, "!=": Equality, "<": Ordering, "<=": Ordering, ">": Ordering,
    ">=": Ordering, "+": Arithmetic, "-": Arithmetic, "*": Arithmetic, "/": Arithmetic, "%": Arithmetic,
}  # fmt: skip
CONSTANTS = {"true": True, "false": False, "nil": None}
# JSON's word for nothing; Go does not know it.
WORKFLOW_CONSTANTS = {**CONSTANTS, "null": None}
# What other languages write between two values.
WORDS_FOR_SIGNS = {
    "and": "&&, or: and A B",
    "or": "||, or: or A B",
    "in": "has(VALUE, LIST)",
    "is": "==",
    "if": "{{ if … }}, or CONDITION | ternary(A, B)",
    "else": "{{ else }}",
}
# What stands for signs of other languages.
SIGN_HINTS = {"[": "list 1 2 makes a list; brackets follow a value", "=": "== compares, := names a value"}
OPERAND_KINDS = frozenset({"number", "string", "char", "raw", "variable", "field", "word"})


class Expressions:
    """Reads the tokens of one action from left to right."""

    def __init__(
        self, tokens: Sequence[Token], mode: Mode, variables: Variables, functions: Functions, at: int = 0
    ) -> None:
        self._tokens = tokens
        self._at = at
        self._go = mode == "go"
        self._variables = variables
        self._functions = functions
        self._depth = 0
        self._heights: dict[Node, int] = {}

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    def whole(self, place: str) -> Node:
        """Returns the expression that fills the rest of the action; `place` is for the message when it is missing."""
        if self.token.kind == "end":
            raise self._wrong(f"a value is missing in {place}", self.token)
        node = self._pipeline()
        if self.token.kind != "end":
            raise self._unexpected(self.token)
        return node

    def _pipeline(self) -> Node:
        self._depth += 1
        if self._depth > HEIGHT_MAX:
            raise self._deep(self.token.start, self.token.end)
        node = self._stages() if self._go else self._binary(0)
        self._depth -= 1
        return node

    def _stages(self) -> Node:
        node = self._command(None)
        while self.token.text == PIPE and self.token.kind == "sign":
            self._at += 1
            node = self._command(node)
        return node

    def _binary(self, loosest: int) -> Node:
        node = self._unary()
        while self.token.kind == "sign" and BINDING.get(self.token.text, -1) >= loosest:
            sign = self.token.text
            self._at += 1
            if sign == PIPE:
                node = self._command(node)
                continue
            right = self._binary(BINDING[sign] + 1)
            node = self._grown(OPERATORS[sign](sign, node, right), node, right)
        return node

    def _unary(self) -> Node:
        token = self.token
        if token.kind != "sign" or token.text not in ("!", "-", "+"):
            return self._command(None)
        self._depth += 1
        if self._depth > HEIGHT_MAX:
            raise self._deep(token.start, token.end)
        self._at += 1
        value = self._unary()
        self._depth -= 1
        if token.text == "!":
            return self._grown(Not(value, token.start), value)
        if isinstance(value, Literal) and type(value.value) in (int, float):
            return Literal(-value.value if token.text == "-" else value.value, token.start, value.end)
        return self._grown(Negative(value, token.start), value) if token.text == "-" else value

    def _command(self, piped: Node | None) -> Node:
        """One stage of a pipeline: a function or method with its arguments, or a plain value."""
        token = self.token
        if token.kind == "word" and token.text not in WORKFLOW_CONSTANTS:
            return self._call(token, piped, alone=False)
        if self._go and token.text == "nil" and token.kind == "word":
            self._at += 1
            self._arguments()
            return Fault("nil is not a command", token.start, token.end)
        head = self._operand()
        arguments = self._arguments()
        if not arguments and piped is None:
            return head
        return self._applied(head, arguments, piped)

    def _applied(self, head: Node, arguments: list[Node], piped: Node | None) -> Node:
        given = arguments if piped is None else [*arguments, piped]
        if isinstance(head, (Field, Access)):
            return self._method(head, given)
        if isinstance(head, Method) and piped is not None and not arguments:
            # After a pipe, parens make the piped value the subject, which comes first.
            return self._grown(Method(head.base, head.name, (piped, *head.args), head.start, head.end), head, piped)
        if isinstance(head, Literal) and piped is not None:
            raise self._at_node("a constant cannot be a later stage of a pipeline", head)
        if self._go:
            return Fault("can't give argument to non-function", head.start, head.end)
        raise self._at_node("only functions and methods take arguments", head)

    def _method(self, head: Field | Access, arguments: Sequence[Node]) -> Node:
        end = max([head.end, *(node.end for node in arguments)])
        name, rest = head.names[-1], head.names[:-1]
        base: Node
        if isinstance(head, Access):
            base = type(head)(head.base, rest, head.start, head.end) if rest else head.base
        else:
            base = type(head)(rest, head.start, head.end) if rest else Dot(head.start, head.start)
        return self._grown(Method(base, name, tuple(arguments), head.start, end), head, *arguments)

    def _call(self, word: Token, piped: Node | None, *, alone: bool) -> Node:
        """A function: `f(a, b)`, or `f a b` unless it stands alone as an argument of another."""
        self._at += 1
        if self.token.kind == "field" and not self.token.spaced and not self._functions.is_known(word.text):
            raise self._functions.unknown(word)
        parens = not self._go and self.token.text == "(" and not self.token.spaced and self.token.kind == "sign"
        if parens:
            self._at += 1
            arguments = self._list(")")
        else:
            arguments = [] if alone else self._arguments(signed=True)
        node = self._functions.call(word, arguments, piped, parens=parens, end=self._tokens[self._at - 1].end)
        grown = self._grown(node, *arguments, *([piped] if piped is not None else []))
        return self._followed(grown) if parens or alone else grown

    def _arguments(self, *, signed: bool = False) -> list[Node]:
        """Operands with blanks between them. Only a function takes `-2` as one; after a value it is a subtraction."""
        found: list[Node] = []
        while True:
            token = self.token
            if signed and self._is_signed_number():
                self._at += 1
                behind = self._tokens[self._at + 1]
                number = self._operand()
                if not isinstance(number, Literal):
                    raise self._unexpected(behind)
                sign = -1 if token.text == "-" else 1
                found.append(Literal(sign * number.value, token.start, number.end))
            elif token.text in WORDS_FOR_SIGNS and not signed and not self._go:
                sign_hint = f"write {WORDS_FOR_SIGNS[token.text]}"
                raise TemplateSyntaxError("EXPR_SYNTAX", "this word joins nothing", token.start, token.end, sign_hint)
            elif token.kind in OPERAND_KINDS or (token.kind == "sign" and token.text in ("(", ".")):
                if not token.spaced:
                    raise self._unexpected(token)
                found.append(self._operand())
            else:
                return found

    def _is_signed_number(self) -> bool:
        token = self.token
        if self._go or token.kind != "sign" or token.text not in ("-", "+") or not token.spaced:
            return False
        following = self._tokens[self._at + 1]
        return following.kind == "number" and not following.spaced

    def _operand(self) -> Node:
        token = self.token
        if token.kind == "word" and token.text not in self._constants():
            return self._call(token, None, alone=True)
        node = self._term(token)
        return self._followed(node)

    def _term(self, token: Token) -> Node:
        self._at += 1
        if token.text == "(" and token.kind == "sign":
            node = self._pipeline()
            self._expect(")")
            return node
        if token.text == "." and token.kind == "sign":
            return Dot(token.start, token.end)
        if token.kind == "field":
            return self._field(token)
        if token.kind == "variable":
            return Variable(token.text, self._variables.slot(token), token.start, token.end)
        return self._literal(token)

    def _literal(self, token: Token) -> Node:
        if token.kind == "word":
            value: object = self._constants()[token.text]
        elif token.kind == "number":
            value = literals.number(token)
            if isinstance(value, complex) and not self._go:
                raise self._wrong("there are no imaginary numbers", token)
        elif token.kind in ("string", "raw"):
            value = literals.text(token)
        elif token.kind == "char":
            value = literals.character(token)
        else:
            raise self._unexpected(token)
        return Literal(value, token.start, token.end)

    def _field(self, token: Token) -> Node:
        names, end = self._names(token)
        kind = GoField if self._go else Field
        return kind(names, token.start, end)

    def _names(self, first: Token) -> tuple[tuple[str, ...], int]:
        """Takes the further segments of a path that follow without a blank."""
        names, end = [first.text[1:]], first.end
        while self.token.kind == "field" and not self.token.spaced:
            names.append(self.token.text[1:])
            end = self.token.end
            self._at += 1
        return tuple(names), end

    def _followed(self, node: Node) -> Node:
        """Takes what stands right behind a value: segments, brackets, and parens of a method."""
        while not self.token.spaced:
            token = self.token
            if token.kind == "field":
                self._refuse_after_constant(node, token)
                self._at += 1
                names, end = self._names(token)
                kind = GoAccess if self._go else Access
                node = self._grown(kind(node, names, node.start, end), node)
            elif token.kind == "sign" and token.text == "[" and not self._go:
                self._at += 1
                key = self._pipeline()
                self._expect("]")
                node = self._grown(Index(node, key, node.start, self._tokens[self._at - 1].end), node, key)
            elif token.kind == "sign" and token.text == "(" and isinstance(node, (Field, Access)) and not self._go:
                self._at += 1
                node = self._method(node, self._list(")"))
            else:
                break
        return node

    def _refuse_after_constant(self, node: Node, token: Token) -> None:
        in_parens = self._tokens[self._at - 1].text == ")"
        if isinstance(node, (Literal, Dot)) and not in_parens:
            raise self._wrong(f"{token.text!r} cannot follow this value", token)

    def _list(self, closing: str) -> list[Node]:
        """Expressions with commas between them, up to the closing sign."""
        found: list[Node] = []
        while self.token.text != closing or self.token.kind != "sign":
            if found:
                self._expect(",")
            found.append(self._pipeline())
        self._at += 1
        return found

    def _expect(self, sign: str) -> None:
        if self.token.text != sign or self.token.kind != "sign":
            raise self._wrong(f"expected {sign!r}, not {self._shown(self.token)}", self.token)
        self._at += 1

    def _constants(self) -> dict[str, bool | None]:
        return CONSTANTS if self._go else WORKFLOW_CONSTANTS

    def _grown(self, node: Node, *parts: Node) -> Node:
        """Notes how high the tree under a node is: evaluating it recurses as deep."""
        height = 1 + max((self._heights.get(part, 0) for part in parts), default=0)
        if height > HEIGHT_MAX:
            raise self._deep(node.start, node.end)
        self._heights[node] = height
        return node

    def _unexpected(self, token: Token) -> TemplateSyntaxError:
        hint = SIGN_HINTS.get(token.text, "values are joined by operators, or by |")
        if token.kind == "end":
            hint = "a value is missing before it"
        return self._wrong(f"{self._shown(token)} cannot stand here", token, hint)

    def _shown(self, token: Token) -> str:
        return "the end of the action" if token.kind == "end" else repr(token.text)

    def _wrong(self, message: str, token: Token, hint: str = "") -> TemplateSyntaxError:
        return TemplateSyntaxError("EXPR_SYNTAX", message, token.start, token.end, hint)

    def _at_node(self, message: str, node: Node) -> TemplateSyntaxError:
        return TemplateSyntaxError("EXPR_SYNTAX", message, node.start, node.end)

    def _deep(self, start: int, end: int) -> TemplateSyntaxError:
        message = f"an expression may nest {HEIGHT_MAX} levels deep"
        return TemplateSyntaxError("EXPR_DEPTH", message, start, end, "take it apart with variables: {{ $x := … }}")
