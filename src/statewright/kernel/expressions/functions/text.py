"""Text functions of Sprig. Lengths and positions count characters, where Go counts bytes.

Wrapping and abbreviating follow the library that Sprig uses (goutils), words follow xstrings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.quoting import go_quote
from statewright.kernel.expressions.functions.signature import CHARACTERS_PER_STEP, Function
from statewright.kernel.expressions.functions.strings import text_value, texts
from statewright.kernel.expressions.made import MadeList
from statewright.kernel.expressions.run import COLLECTION_MAX, Run
from statewright.kernel.values import Json

# goutils abbreviates to no less than one character and three dots.
ABBREVIATED_MIN = 4
ABBREVIATED_BOTH_MIN = 7
DOTS = "..."
# A capital whose small letter Python writes as two characters.
_SINGLE = {"\u0130": "i"}


def join(run: Run, separator: str, value: Any) -> str:
    """Joins the texts of a list; nulls are left out."""
    parts = texts(run, value)
    run.make_room(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def replace(run: Run, old: str, new: str, text: str) -> str:
    """Replaces every occurrence."""
    count = text.count(old)
    run.make_room(len(text) + count * (len(new) - len(old)))
    return text.replace(old, new)


def repeat(run: Run, count: int, text: str) -> str:
    """Repeats a text."""
    if count < 0:
        raise ExpressionError("EXPR_TYPE", "a text cannot be repeated a negative number of times")
    run.make_room(count * len(text))
    return text * count


def indent(run: Run, spaces: int, text: str) -> str:
    """Indents every line."""
    if spaces < 0:
        raise ExpressionError("EXPR_TYPE", "a text cannot be indented by less than nothing")
    run.make_room(len(text) + spaces * (text.count("\n") + 1))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def nindent(run: Run, spaces: int, text: str) -> str:
    """Indents every line, on a new line."""
    return "\n" + indent(run, spaces, text)


def quote(run: Run, *values: Any) -> str:
    """Puts each value into double quotes; nulls are left out."""
    texts_ = [text_value(run, value) for value in values if value is not None]
    run.spend(sum(map(len, texts_)) // CHARACTERS_PER_STEP)
    return " ".join(map(go_quote, texts_))


def squote(run: Run, *values: Any) -> str:
    """Puts each value into single quotes; nulls are left out."""
    return " ".join(f"'{text_value(run, value)}'" for value in values if value is not None)


def cat(run: Run, *values: Any) -> str:
    """Joins values with blanks; nulls are left out."""
    return " ".join(text_value(run, value) for value in values if value is not None)


def substr(start: int, end: int, text: str) -> str:
    """Returns the characters from `start` up to `end`; a negative bound is no bound."""
    if start < 0:
        return text[: max(end, 0)]
    return text[start:] if end < 0 or end > len(text) else text[start:end]


def trunc(count: int, text: str) -> str:
    """Returns the first characters, or the last where `count` is negative."""
    if count < 0:
        return text[count:]
    return text[:count]


def abbreviated(width: int, text: str) -> str:
    """Shortens a text to `width` characters, three dots included."""
    return text if width < ABBREVIATED_MIN else _abbreviated(text, 0, width)


def abbreviated_both(left: int, width: int, text: str) -> str:
    """Shortens a text at both ends."""
    if width < ABBREVIATED_MIN or (left > 0 and width < ABBREVIATED_BOTH_MIN):
        return text
    return _abbreviated(text, left, width)


def _abbreviated(text: str, left: int, width: int) -> str:
    if len(text) <= width:
        return text
    left = min(left, len(text))
    if len(text) - left < width - len(DOTS):
        left = len(text) - (width - len(DOTS))
    if left <= ABBREVIATED_MIN:
        return text[: width - len(DOTS)] + DOTS
    if left + width - len(DOTS) < len(text):
        return DOTS + abbreviated(width - len(DOTS), text[left:])
    return DOTS + text[len(text) - (width - len(DOTS)) :]


def wrap(run: Run, width: int, text: str) -> str:
    """Breaks lines at blanks; long words stay whole."""
    return _wrapped(run, text, max(width, 1), "\n", breaks_words=False)


def wrap_with(run: Run, width: int, newline: str, text: str) -> str:
    """Breaks lines with a text of one's own; long words are broken too."""
    return _wrapped(run, text, max(width, 1), newline or "\n", breaks_words=True)


def _wrapped(run: Run, text: str, width: int, newline: str, *, breaks_words: bool) -> str:
    run.make_room(len(text) + len(text) // width * len(newline))
    lines: list[str] = []
    at = 0
    while len(text) - at > width:
        if text[at] == " ":
            at += 1
            continue
        end = text.rfind(" ", at, at + width + 1)
        if end < at and breaks_words:
            lines.append(text[at : at + width])
            at += width
            continue
        if end < at:
            end = text.find(" ", at + width)
        if end < 0:
            break
        lines.append(text[at:end])
        at = end + 1
    return newline.join([*lines, text[at:]])


def title(text: str) -> str:
    """Capitalises each word; blanks and the marks of ASCII, but the underscore, end one."""
    return _each_start(text, str.upper, _ends_word)


def untitle(text: str) -> str:
    """Makes the first letter of each word small."""
    return _each_start(text, str.lower, str.isspace)


def initials(text: str) -> str:
    """Returns the first letter of each word."""
    return "".join(word[0] for word in text.split())


def nospace(text: str) -> str:
    """Takes all blanks out."""
    return "".join(text.split())


def plural(one: str, many: str, count: int) -> str:
    """Returns `one` if the count is 1."""
    return one if count == 1 else many


def split(separator: str, text: str) -> dict[str, str]:
    """Returns the parts of a text as a map: `_0`, `_1` …"""
    return _numbered(_parts(text, separator, -1))


def splitn(separator: str, count: int, text: str) -> dict[str, str]:
    """Returns at most `count` parts as a map."""
    return _numbered(_parts(text, separator, count))


def split_list(separator: str, text: str) -> list[str]:
    """Returns the parts of a text as a list."""
    return _parts(text, separator, -1)


def trim_all(cutset: str, text: str) -> str:
    """Takes characters off both ends."""
    # Python looks through the whole set for each character, so it gets each one once.
    return text.strip("".join(dict.fromkeys(cutset))) if cutset else text


def trim(text: str) -> str:
    """Takes blanks off both ends."""
    return text.strip()


def sort_alpha(run: Run, value: Any) -> list[str]:
    """Returns the texts of a list in order of code points."""
    return sorted(texts(run, value))


def to_strings(run: Run, value: Any) -> list[str]:
    """Returns the texts of a list; nulls are left out."""
    return MadeList(texts(run, value))


def contains(part: str, text: str) -> bool:
    """Says whether a text holds another."""
    return part in text


def _parts(text: str, separator: str, count: int) -> list[str]:
    if count == 0:
        return []
    if text.count(separator) >= COLLECTION_MAX and not 0 < count <= COLLECTION_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a list may have {COLLECTION_MAX:,} entries")
    if not separator:
        chars: Sequence[str] = text if count < 0 else [*text[: count - 1], text[count - 1 :]]
        return [char for char in chars if char]
    return text.split(separator, count - 1 if count > 0 else -1)


def _numbered(parts: list[str]) -> dict[str, str]:
    return {f"_{position}": part for position, part in enumerate(parts)}


def _ends_word(char: str) -> bool:
    return not (char.isalnum() or char == "_") if char.isascii() else char.isspace()


def _each_start(text: str, change: Callable[[str], str], ends: Callable[[str], bool]) -> str:
    starts = True
    chars = []
    for char in text:
        chars.append(change(char) if starts else char)
        starts = ends(char)
    return "".join(chars)


def _one_by_one(change: Callable[[str], str]) -> Function:
    """Go changes the case of each character on its own: one stays one, and its neighbours do not matter."""

    def apply(text: str) -> str:
        if text.isascii():
            return change(text)
        return "".join(changed if len(changed := change(char)) == 1 else _SINGLE.get(char, char) for char in text)

    return Function(apply, "S")


def go_substr(start: int, end: int, text: str) -> str:
    """Returns the characters from `start` up to `end`; out of bounds is an error, as in Go."""
    last = len(text) if start >= 0 and (end < 0 or end > len(text)) else end
    if not max(start, 0) <= last <= len(text):
        raise ExpressionError("EXPR_INDEX", "slice bounds out of range")
    return text[max(start, 0) : last]


def hello() -> Json:
    """Greets, as Sprig does."""
    return "Hello!"


FUNCTIONS = {
    "abbrev": Function(abbreviated, "is"),
    "abbrevboth": Function(abbreviated_both, "iis"),
    "cat": Function(cat, "v*", subject=0, needs_run=True),
    "contains": Function(contains, "ss"),
    "hasPrefix": Function(lambda start, text: text.startswith(start), "ss"),
    "hasSuffix": Function(lambda end, text: text.endswith(end), "ss"),
    "hello": Function(hello, ""),
    "indent": Function(indent, "is", needs_run=True),
    "initials": Function(initials, "S"),
    "join": Function(join, "sv", needs_run=True),
    "lower": Function(str.lower, "s"),
    "nindent": Function(nindent, "is", needs_run=True),
    "nospace": Function(nospace, "S"),
    "plural": Function(plural, "ssi"),
    "quote": Function(quote, "v*", needs_run=True, cost=6),
    "repeat": Function(repeat, "is", needs_run=True),
    "replace": Function(replace, "sss", needs_run=True),
    "sortAlpha": Function(sort_alpha, "v", needs_run=True),
    "split": Function(split, "ss"),
    "splitList": Function(split_list, "ss"),
    "splitn": Function(splitn, "sis"),
    "squote": Function(squote, "v*", needs_run=True, cost=4),
    "substr": Function(substr, "iis"),
    "swapcase": Function(str.swapcase, "S"),
    "title": Function(title, "S"),
    "toString": Function(text_value, "v", needs_run=True),
    "toStrings": Function(to_strings, "v", needs_run=True),
    "trim": Function(trim, "s"),
    "trimAll": Function(trim_all, "SS"),
    "trimPrefix": Function(lambda start, text: text.removeprefix(start), "ss"),
    "trimSuffix": Function(lambda end, text: text.removesuffix(end), "ss"),
    "trimall": Function(trim_all, "SS"),
    "trunc": Function(trunc, "is"),
    "untitle": Function(untitle, "S"),
    "upper": Function(str.upper, "s"),
    "wrap": Function(wrap, "iS", needs_run=True),
    "wrapWith": Function(wrap_with, "isS", needs_run=True),
}
GO_FUNCTIONS = {
    "lower": _one_by_one(str.lower),
    "substr": Function(go_substr, "iis"),
    "swapcase": _one_by_one(str.swapcase),
    "upper": _one_by_one(str.upper),
}
