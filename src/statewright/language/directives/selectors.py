"""The path language of directives: keys, indexes, `#`, queries `#(…)`, several paths at once, modifiers.

Between comparisons there is `&&` and `||`, which gjson has not and the seed uses.

Source: workflows.md 3.3 (gjson) and 20.2. A path is parsed into steps here; `selection` walks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NoReturn

import msgspec
import re2

# A path in a definition is a line at most; parentheses nest as deep as somebody can read.
PATH_LENGTH_MAX = 1_000
QUERY_DEPTH_MAX = 8

MODIFIERS = ("@this", "@keys", "@values", "@reverse", "@flatten", "@join", "@pretty", "@ugly")
_OPERATORS = ("==~", "==", "!=", "<=", ">=", "!%", "=", "<", ">", "%")
_NAMED = re.compile(r'\s*"([^"\\]*)"\s*:\s*')
_PAIRS = {"(": ")", "{": "}", "[": "]"}
# What gjson calls a path that ends in no plain name.
_NAMELESS = "_"


class SelectorSyntaxError(ValueError):
    """Raised where a path cannot be read; `offset` is where in the path."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Key(msgspec.Struct, frozen=True):
    """A key of a map or an index of a list; `pattern` where it has wildcards."""

    name: str
    pattern: str = ""


class Every(msgspec.Struct, frozen=True):
    """`#`: the length of a list at the end of a path, else every element."""


class Modifier(msgspec.Struct, frozen=True):
    """`@keys` and its kin: changes the value as a whole. `deep` is the one argument that says something about data."""

    name: str
    deep: bool = False


class Many(msgspec.Struct, frozen=True):
    """`{a,b}` and `[a,b]`: several paths into one map, by name, or into one list. What finds nothing is left out."""

    paths: tuple[tuple[Step, ...], ...]
    names: tuple[str, ...] = ()  # none for a list


class Pipe(msgspec.Struct, frozen=True):
    """`|`: what follows is about the list as a whole, not about each of its elements."""


class Compare(msgspec.Struct, frozen=True):
    """A comparison inside a query; no operator means that the path exists, no path means the element itself."""

    path: tuple[Step, ...]
    operator: str = ""
    operand: Any = None
    key: str = ""  # the path as written, for those who read terms


class Combine(msgspec.Struct, frozen=True):
    """`&&` or `||` over conditions."""

    operator: Literal["&&", "||"]
    terms: tuple[Compare | Combine, ...]


class Query(msgspec.Struct, frozen=True):
    """`#(…)`: the first element that fits; with `all` (`#(…)#`) every one."""

    condition: Compare | Combine
    all: bool = False


Step = Key | Every | Modifier | Query | Pipe | Many


class Selector(msgspec.Struct, frozen=True):
    """A parsed path."""

    text: str
    steps: tuple[Step, ...]

    def equalities(self) -> dict[str, Any]:
        """Returns the terms `key == value` of a last query that holds nothing but those, joined by `&&`."""
        last = self.steps[-1] if self.steps else None
        if not isinstance(last, Query):
            return {}
        condition = last.condition
        terms = condition.terms if isinstance(condition, Combine) else (condition,)
        plain = [term for term in terms if isinstance(term, Compare) and term.operator in ("=", "==")]
        joined = not isinstance(condition, Combine) or condition.operator == "&&"
        return {term.key: term.operand for term in plain} if joined and len(plain) == len(terms) else {}


def parse_selector(text: str) -> Selector:
    """Returns the parsed path; raises `SelectorSyntaxError`."""
    if len(text) > PATH_LENGTH_MAX:
        raise SelectorSyntaxError(f"a path has at most {PATH_LENGTH_MAX} characters", 0)
    return Selector(text, _Parser(text, 0).path())


class _Parser:
    """Reads one path. Offsets count from the outermost path, so that errors point into it."""

    def __init__(self, text: str, offset: int, depth: int = 0) -> None:
        self._text = text
        self._offset = offset
        self._depth = depth
        self._at = 0

    def path(self) -> tuple[Step, ...]:
        """Reads steps up to the end."""
        steps: list[Step] = []
        while self._at < len(self._text):
            steps.append(self._step())
            if self._at < len(self._text) and self._separator() == "|":
                steps.append(Pipe())
        if not steps:
            self._fail("a path is missing")
        return tuple(steps)

    def condition(self) -> Compare | Combine:
        """Reads what stands between the parentheses of a query."""
        alternatives = []
        for alternative in self._split("||"):
            terms = [term.comparison() for term in alternative._split("&&")]
            alternatives.append(_combined("&&", terms))
        return _combined("||", alternatives)

    def comparison(self) -> Compare | Combine:
        """Reads `path operator operand`, a path alone, or a condition in parentheses."""
        text = self._text.strip()
        start = len(self._text) - len(self._text.lstrip())
        if not text:
            self._fail("a comparison is missing")
        if text.startswith("(") and _closing(text, 0) == len(text) - 1:
            return _Parser(text[1:-1], self._offset + start + 1, self._deeper()).condition()
        at, operator = _operator(text)
        path = text[:at].strip()
        steps = _Parser(path, self._offset + start, self._deeper()).path() if path else ()
        if not operator:
            return Compare(steps, key=path)
        return Compare(steps, operator, _operand(text[at + len(operator) :].strip()), path)

    def _step(self) -> Step:
        char = self._text[self._at]
        if char == "#":
            return self._hash()
        if char == "@":
            return self._modifier()
        return self._many() if char in "{[" else self._key()

    def _modifier(self) -> Modifier:
        start = self._at
        name, _, argument = self._plain(ending=":.|").partition(":")
        if name not in MODIFIERS:
            self._fail(f"there is no modifier {name!r}; known: {', '.join(MODIFIERS)}")
        if self._text[self._at : self._at + 1] == ":":
            close = _closing(self._text, self._at + 1)
            if close < 0:
                self._at = start
                self._fail('the argument of a modifier is a map, as in {"deep":true}')
            argument = self._text[self._at + 1 : close + 1]
            self._at = close + 1
        return Modifier(name, '"deep":true' in argument.replace(" ", ""))

    def _many(self) -> Many:
        opening = self._text[self._at]
        close = _closing(self._text, self._at)
        if close < 0:
            self._fail("the bracket that opens here is never closed")
        inner = _Parser(self._text[self._at + 1 : close], self._offset + self._at + 1, self._deeper())
        named = [part._named() for part in inner._split(",")]
        self._at = close + 1
        return Many(tuple(path for _, path in named), tuple(name for name, _ in named) if opening == "{" else ())

    def _named(self) -> tuple[str, tuple[Step, ...]]:
        """Reads a path of several, behind its own name if it has one: `"name":path`."""
        named = _NAMED.match(self._text)
        start = named.end() if named else len(self._text) - len(self._text.lstrip())
        path = _Parser(self._text[start:].rstrip(), self._offset + start, self._deeper()).path()
        last = path[-1]
        return named[1] if named else last.name if isinstance(last, Key) and not last.pattern else _NAMELESS, path

    def _hash(self) -> Step:
        self._at += 1
        if self._text[self._at : self._at + 1] != "(":
            return Every()
        close = _closing(self._text, self._at)
        if close < 0:
            self._fail("the parenthesis of this query is never closed")
        inner = self._text[self._at + 1 : close]
        condition = _Parser(inner, self._offset + self._at + 1, self._deeper()).condition()
        self._at = close + 1
        every = self._text[self._at : self._at + 1] == "#"
        self._at += every
        return Query(condition, every)

    def _key(self) -> Key:
        raw = self._plain()
        name = re.sub(r"\\(.)", r"\1", raw)
        return Key(name, glob_pattern(raw) if re.search(r"(?<!\\)[*?]", raw) else "")

    def _plain(self, ending: str = ".|") -> str:
        found = re.compile(rf"(?:\\.|[^{ending}\\])+").match(self._text, self._at)
        if found is None:
            self._fail("a key is missing")
        self._at = found.end()
        return found.group()

    def _separator(self) -> str:
        separator = self._text[self._at]
        if separator not in ".|":
            self._fail("a '.' is expected here")
        self._at += 1
        if self._at == len(self._text):
            self._fail("a key is missing after the last '.'")
        return separator

    def _split(self, operator: str) -> list[_Parser]:
        parts, start = [], 0
        for at in _outside(self._text):
            if at >= start and self._text.startswith(operator, at):
                parts.append(_Parser(self._text[start:at], self._offset + start, self._depth))
                start = at + len(operator)
        parts.append(_Parser(self._text[start:], self._offset + start, self._depth))
        return parts

    def _deeper(self) -> int:
        if self._depth >= QUERY_DEPTH_MAX:
            self._fail(f"queries nest at most {QUERY_DEPTH_MAX} deep")
        return self._depth + 1

    def _fail(self, message: str) -> NoReturn:
        raise SelectorSyntaxError(message, self._offset + self._at)


def _combined(operator: Literal["&&", "||"], terms: list[Compare | Combine]) -> Compare | Combine:
    return terms[0] if len(terms) == 1 else Combine(operator, tuple(terms))


def _outside(text: str) -> Iterator[int]:
    """Yields the offsets that stand outside quotes and brackets."""
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "()[]{}":
            depth += 1 if char in _PAIRS else -1
        elif not depth:
            yield at


def _closing(text: str, at: int) -> int:
    """Returns where the bracket at an offset is closed; -1 where it is not, or where there is none."""
    awaited: list[str] = []
    quote = ""
    for place in range(at, len(text)):
        char = text[place]
        if quote:
            quote = "" if char == quote else quote
        elif char in _PAIRS:
            awaited.append(_PAIRS[char])
        elif awaited and char in "\"'":
            quote = char
        elif not awaited or (char in ")]}" and awaited.pop() != char):
            return -1
        if not awaited:
            return place
    return -1


def _operator(text: str) -> tuple[int, str]:
    for at in _outside(text):
        for operator in _OPERATORS:
            if text.startswith(operator, at):
                return at, operator
    return len(text), ""


def _operand(text: str) -> Any:
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1]
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        # gjson: a bare word is a text.
        return text


def glob_pattern(raw: str) -> str:
    """Returns the regular expression of a text with `*` and `?`."""
    pieces = re.findall(r"\\.|.", raw)
    signs = {"*": ".*", "?": "."}
    return "".join(signs.get(piece) or re2.escape(piece.removeprefix("\\")) for piece in pieces)
