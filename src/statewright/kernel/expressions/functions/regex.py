"""Regular expressions in linear time (RE2, the engine whose syntax Go has)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import re2

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.run import Run
from statewright.kernel.values import Json

# Nobody reads a longer pattern; RE2 would still build its automaton (B-062).
PATTERN_LENGTH_MAX = 2048
# Memory for one automaton; a pattern that needs more is refused.
PATTERN_MEMORY_MAX = 8 * 1024 * 1024
COMPILED_MAX = 256
COST = 10
MATCH_COST = 9
_QUOTED = str.maketrans({meta: f"\\{meta}" for meta in r"\.+*?()|[]{}^$"})
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


@lru_cache(maxsize=COMPILED_MAX)
def compiled(pattern: str) -> Any:
    """Returns a compiled pattern; the cache holds what templates use over and over."""
    if len(pattern) > PATTERN_LENGTH_MAX:
        message = f"a pattern may have {PATTERN_LENGTH_MAX:,} characters"
        raise ExpressionError("REGEX_TOO_LARGE", message)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY_MAX
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        hint = "look-around and back-references do not run in linear time"
        detail = error.args[0] if error.args else ""
        detail = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        raise ExpressionError("REGEX_UNSUPPORTED", f"{pattern!r}: {detail}", hint=hint) from None


def matches(run: Run, pattern: str, text: str) -> bool:
    """Says whether a pattern matches somewhere in a text."""
    try:
        return compiled(pattern).search(text) is not None
    except ExpressionError:
        # Sprig's version without `must` says false to what is no pattern.
        if run.go:
            return False
        raise


def must_match(pattern: str, text: str) -> bool:
    """Says whether a pattern matches; what is no pattern is an error."""
    return compiled(pattern).search(text) is not None


def find(pattern: str, text: str) -> str:
    """Returns the first match, or empty text."""
    match = compiled(pattern).search(text)
    return match.group() if match else ""


def find_all(run: Run, pattern: str, text: str, count: int) -> Json:
    """Returns the first `count` matches; all of them if it is negative."""
    found: list[str] = []
    for match in _matches(run, pattern, text) if count else ():
        found.append(match.group())
        if len(found) == count:
            break
    return found


def replace_all(run: Run, pattern: str, text: str, replacement: str) -> str:
    """Replaces every match; `$1` and `${name}` stand for groups."""
    if "$" not in replacement:
        return _replaced(run, pattern, text, lambda match: replacement)
    return _replaced(run, pattern, text, lambda match: _expanded(replacement, match))


def replace_all_literal(run: Run, pattern: str, text: str, replacement: str) -> str:
    """Replaces every match by a text as it stands."""
    return _replaced(run, pattern, text, lambda match: replacement)


def split(run: Run, pattern: str, text: str, count: int) -> Json:
    """Returns what stands between the matches, in at most `count` parts."""
    if count == 0:
        return []
    if not text and pattern:
        return [""]
    parts: list[str] = []
    begin = end = 0
    for match in _matches(run, pattern, text):
        if count > 0 and len(parts) == count - 1:
            break
        end = match.start()
        # An empty match at the beginning divides nothing from the rest, one at the end nothing from what was before.
        if match.end():
            parts.append(text[begin:end])
        begin = match.end()
    return [*parts, text[begin:]] if end < len(text) else parts


def quote_meta(text: str) -> str:
    """Escapes what a pattern gives a meaning."""
    return text.translate(_QUOTED)


def _matches(run: Run, pattern: str, text: str) -> Iterator[Any]:
    """Yields the matches; as in Go an empty one right behind another does not count."""
    end = -1
    for match in compiled(pattern).finditer(text):
        run.spend(MATCH_COST)
        if match.end() != end or match.start() != end:
            yield match
        end = match.end()


def _replaced(run: Run, pattern: str, text: str, replacement: Callable[[Any], str]) -> str:
    pieces: list[str] = []
    begin = size = 0
    for match in _matches(run, pattern, text):
        pieces += (text[begin : match.start()], replacement(match))
        size += len(pieces[-1])
        run.make_room(size + len(text))
        begin = match.end()
    return "".join([*pieces, text[begin:]])


def _expanded(replacement: str, match: Any) -> str:
    return _REFERENCE.sub(lambda reference: _group(reference, match), replacement)


def _group(reference: re.Match[str], match: Any) -> str:
    if reference.group(1):
        return "$"
    name = reference.group(2) or reference.group(3)
    try:
        return match.group(int(name) if name.isdecimal() else name) or ""
    except (IndexError, KeyError):
        return ""


_FIND = Function(find, "sr", cost=COST)
_FIND_ALL = Function(find_all, "sri", subject=1, needs_run=True, cost=COST)
_REPLACE = Function(replace_all, "srs", subject=1, needs_run=True, cost=COST)
_REPLACE_LITERAL = Function(replace_all_literal, "srs", subject=1, needs_run=True, cost=COST)
_SPLIT = Function(split, "sri", subject=1, needs_run=True, cost=COST)

FUNCTIONS = {
    "mustRegexFind": _FIND,
    "mustRegexFindAll": _FIND_ALL,
    "mustRegexMatch": Function(must_match, "sr", cost=COST),
    "mustRegexReplaceAll": _REPLACE,
    "mustRegexReplaceAllLiteral": _REPLACE_LITERAL,
    "mustRegexSplit": _SPLIT,
    "regexFind": _FIND,
    "regexFindAll": _FIND_ALL,
    "regexMatch": Function(matches, "sr", needs_run=True, cost=COST),
    "regexQuoteMeta": Function(quote_meta, "x", cost=COST),
    "regexReplaceAll": _REPLACE,
    "regexReplaceAllLiteral": _REPLACE_LITERAL,
    "regexSplit": _SPLIT,
}
