"""Finds the function that a name means, and puts the arguments of a call into the function's own order."""

from __future__ import annotations

from collections.abc import Sequence

from statewright.kernel.expressions.calls import Call, Deciding, Fault, ScopeCall
from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS, WORKFLOW_FUNCTIONS
from statewright.kernel.expressions.functions.signature import GO_TAKES, TAKES, Function
from statewright.kernel.expressions.nodes import Literal, Node
from statewright.kernel.scope import SCOPE_NAMES
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.edits import Advice, Edit
from statewright.language.templates.lexer import Mode, Token
from statewright.language.templates.problems import TemplateSyntaxError

DECIDING = ("and", "or")
# Constants of these types fit as they are.
FITTING: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "S": (str,),
    "r": (str,),
    "i": (int,),
    "v": (str, int, bool),
    "w": (str, int, bool),
}
# Words of other template languages.
ELSEWHERE = {
    "True": "true",
    "False": "false",
    "None": "null",
    "undefined": "null",
    "for": "{{ range .items }} … {{ end }}",
    "endfor": "{{ end }}",
    "endif": "{{ end }}",
    "elif": "{{ else if … }}",
    "elsif": "{{ else if … }}",
    "elseif": "{{ else if … }}",
    "foreach": "{{ range .items }} … {{ end }}",
    "json": "toJson",
    "stringify": "toJson",
    "upcase": "upper",
    "uppercase": "upper",
    "downcase": "lower",
    "lowercase": "lower",
    "size": "len",
    "count": "len",
}

# What other engines call the place where keys are; here a key is a variable, and only sinks may name it (B-066).
SECRETS = "secrets"
SECRETS_HINT = (
    "a secret is a variable: write {{ .env.NAME }}, in a tool's `config` or `env`, or as a model's `api_key`; "
    "no other text may hold one"
)


class Functions:
    """What can be called: the registry of a mode, and the functions that the scope will supply."""

    def __init__(self, mode: Mode, supplied: frozenset[str]) -> None:
        self._go = mode == "go"
        self._known = GO_FUNCTIONS if self._go else WORKFLOW_FUNCTIONS
        self._takes = GO_TAKES if self._go else TAKES
        self._supplied = supplied

    def call(self, word: Token, arguments: Sequence[Node], piped: Node | None, *, parens: bool, end: int) -> Node:
        """Returns the node of a call. After a pipe, parens make the piped value the subject; blanks, the last one."""
        name = word.text
        if name in REFUSED:
            code, message, hint = REFUSED[name]
            raise TemplateSyntaxError(code, f"{name!r} {message}", word.start, word.end, hint)
        function = self._known.get(name)
        if function is not None:
            return self._known_call(word, function, _ordered(function, arguments, piped, parens=parens), end)
        if name in DECIDING:
            return self._deciding(word, arguments if piped is None else [*arguments, piped], end)
        if name in self._supplied:
            given = arguments if piped is None else [piped, *arguments]
            return ScopeCall(name, given, start=word.start, end=end)
        if self._go and name == "call":
            return Fault("error calling call: non-function", word.start, end)
        raise self.unknown(word, follows_pipe=piped is not None)

    def is_known(self, name: str) -> bool:
        """Whether something can be called by this name. Of data and a refused function, data is meant."""
        return name in self._known or name in self._supplied or name in DECIDING

    def unknown(self, word: Token, *, follows_pipe: bool = False) -> TemplateSyntaxError:
        """Returns what is wrong with the name of a function that is none; data without its dot, most often."""
        known = [*self._known, *sorted(self._supplied), *DECIDING]
        name = word.text
        if name == SECRETS:
            code, message = "SECRET_NOT_ALLOWED_HERE", "a secret is not read by this name"
            return TemplateSyntaxError(code, message, word.start, word.end, SECRETS_HINT)
        if name in ELSEWHERE:
            message, instead = f"there is no {name!r}", f"write {ELSEWHERE[name]}"
            return TemplateSyntaxError("EXPR_FUNCTION_UNKNOWN", message, word.start, word.end, instead)
        certain = (Edit(old=name, text=f".{name}"),) if name in SCOPE_NAMES else ()
        dotted = Advice(f"data begins with a dot: .{name}", certain)
        if follows_pipe:
            hint = meant(name, known) or Advice("a function follows a pipe, as in .name | upper")
        else:
            hint = dotted if name in SCOPE_NAMES else meant(name, known) or dotted
        message = f"there is no function {name!r}"
        return TemplateSyntaxError("EXPR_FUNCTION_UNKNOWN", message, word.start, word.end, hint)

    def _known_call(self, word: Token, function: Function, arguments: Sequence[Node], end: int) -> Node:
        count = len(arguments)
        if not function.least <= count <= function.most:
            return self._arity(word, _wanted(function), count, end)
        kinds = function.kinds(count)
        if self._go:
            arguments = [_constant(node, kind) for node, kind in zip(arguments, kinds, strict=True)]
        taken = [
            (node, None if _fits(node, kind) else self._takes[kind])
            for node, kind in zip(arguments, kinds, strict=True)
        ]
        return Call(word.text, function, taken, start=word.start, end=end)

    def _deciding(self, word: Token, arguments: Sequence[Node], end: int) -> Node:
        if not arguments:
            return self._arity(word, "at least 1 argument", 0, end)
        return Deciding(word.text, arguments, start=word.start, end=end)

    def _arity(self, word: Token, wanted: str, count: int, end: int) -> Node:
        message = f"{word.text} takes {wanted}, here it gets {count}"
        if self._go:
            return Fault(message, word.start, end)
        raise TemplateSyntaxError("EXPR_ARGUMENTS", message, word.start, end)


def _ordered(function: Function, arguments: Sequence[Node], piped: Node | None, *, parens: bool) -> Sequence[Node]:
    if piped is None:
        return arguments
    position = function.subject if parens and function.subject >= 0 else len(arguments)
    return [*arguments[:position], piped, *arguments[position:]]


def _wanted(function: Function) -> str:
    least, most = function.least, function.most
    if least == most:
        return f"{least} argument{'' if least == 1 else 's'}"
    return f"at least {least} arguments" if "*" in function.takes else f"{least} to {most} arguments"


def _fits(node: Node, kind: str) -> bool:
    """Says whether an argument is a constant of the very type that is wanted."""
    return isinstance(node, Literal) and type(node.value) in FITTING.get(kind, ())


def _constant(node: Node, kind: str) -> Node:
    """Go's constants have no type of their own: 1 is a float where one is wanted, and 2.0 a whole number."""
    if isinstance(node, Literal):
        if kind == "f" and type(node.value) is int:
            return Literal(float(node.value), node.start, node.end)
        if kind == "i" and type(node.value) is float and node.value.is_integer():
            return Literal(int(node.value), node.start, node.end)
    return node
