"""What one directive of `printf` makes of one value: Go's verbs for integers, floats, text, and all that is in a list.

Source: the documentation of Go's package fmt. In workflow mode numbers fit number verbs, and `%s` takes everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.quoting import go_quote
from statewright.kernel.expressions.functions.reflection import type_of
from statewright.kernel.expressions.functions.signature import CHARACTERS_PER_STEP, as_text, as_value
from statewright.kernel.expressions.functions.strings import text_value
from statewright.kernel.expressions.goprint import NIL, go_float, go_value
from statewright.kernel.expressions.made import refuse_secret
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import VALUE_DEPTH_MAX, Blob, Reference

BOOL_VERBS = "tv"
INTEGER_VERBS = "bcdoOqxXUv"
FLOAT_VERBS = "beEfFgGxXv"
TEXT_VERBS = "sqxXv"
MANTISSA_BITS = 53
ENTRY_COST = 4


class Directive(NamedTuple):
    """One `%…` of a format. In Go's own syntax (`%#v`) text is quoted and lists tell their type."""

    flags: str
    width: int
    precision: int  # -1: none given
    verb: str

    @property
    def is_go_syntax(self) -> bool:
        """Whether a value is shown as Go code writes it."""
        return self.verb == "v" and "#" in self.flags

    def has(self, flag: str) -> bool:
        """Whether a flag is set; `%v` gives + and # another meaning."""
        return flag in self.flags and not (self.verb == "v" and flag in "+#")


PLAIN = Directive("", 0, -1, "v")


def shown(run: Run, directive: Directive, value: Any) -> str:
    """Returns the text of a value; a secret is refused."""
    if isinstance(value, View) and run.go:
        # A time, or a version, is text to the verbs of text.
        value = go_value(run, value) if directive.verb in TEXT_VERBS else value
    else:
        value = as_value(run, value)
    if value is None or value is MISSING:
        return _padded(NIL, directive) if directive.verb in "vT" else f"%!{directive.verb}({NIL})"
    if directive.verb == "T":
        return _padded(type_of(value), directive)
    if not run.go:
        value = _kindly(run, directive, value)
    return _any(run, directive, value, 0)


def _any(run: Run, directive: Directive, value: Any, depth: int) -> str:
    if depth > VALUE_DEPTH_MAX:
        raise ExpressionError("EXPR_DEPTH", f"a value nests deeper than {VALUE_DEPTH_MAX} levels")
    if isinstance(value, Blob):
        value = run.load(value)
    if isinstance(value, Reference):
        raise refuse_secret()
    if value is None:
        return "interface {}(nil)" if directive.is_go_syntax else NIL
    if isinstance(value, str):
        run.spend(len(value) // CHARACTERS_PER_STEP)
    for kind, verbs, formatter in _FORMATTERS:
        if isinstance(value, kind):
            return formatter(directive, value) if directive.verb in verbs else _wrong(run, directive, value)
    if isinstance(value, list):
        return _list(run, directive, value, depth)
    if isinstance(value, dict):
        return _map(run, directive, value, depth)
    if directive.verb == "v":
        return _padded(go_value(run, value), directive)
    return _wrong(run, directive, value)


def _list(run: Run, directive: Directive, items: list[Any], depth: int) -> str:
    texts = _each(run, (_any(run, directive, item, depth + 1) for item in items))
    if directive.is_go_syntax:
        return f"{type_of(items)}{{{', '.join(texts)}}}"
    return f"[{' '.join(texts)}]"


def _map(run: Run, directive: Directive, items: dict[str, Any], depth: int) -> str:
    inner = depth + 1
    texts = _each(
        run,
        (f"{_any(run, directive, key, inner)}:{_any(run, directive, items[key], inner)}" for key in sorted(items)),
    )
    if directive.is_go_syntax:
        return f"{type_of(items)}{{{', '.join(texts)}}}"
    return f"map[{' '.join(texts)}]"


def _each(run: Run, texts: Iterator[str]) -> list[str]:
    """Collects the texts of entries, which cost and take room one by one."""
    found: list[str] = []
    size = 0
    for text in texts:
        run.spend(ENTRY_COST)
        size += len(text)
        run.make_room(size)
        found.append(text)
    return found


def _wrong(run: Run, directive: Directive, value: Any) -> str:
    text = go_value(run, value) if isinstance(value, View) else _any(run, directive._replace(verb="v"), value, 0)
    return f"%!{directive.verb}({type_of(value)}={text})"


def _kindly(run: Run, directive: Directive, value: Any) -> Any:
    """In workflow mode numbers fit number verbs, and anything that has a text fits the verbs of text."""
    verb = directive.verb
    if isinstance(value, (list, dict)):
        return text_value(run, value) if verb in "svq" and not directive.is_go_syntax else value
    if verb in "eEfFgG" and type(value) is int:
        return float(value)
    if verb in "dxXbo" and type(value) is float and value.is_integer():
        return int(value)
    if verb == "v" and type(value) is float:
        return text_value(run, value)
    return as_text(run, value) if verb in "sq" and type(value) in (int, float, bool) else value


def _bool(directive: Directive, value: bool) -> str:
    return _padded("true" if value else "false", directive)


def _integer(directive: Directive, value: int) -> str:
    verb = directive.verb
    if verb in "cqU":
        return _character(directive, value)
    if directive.precision == 0 and value == 0:
        return " " * directive.width
    digits = format(abs(value), {"v": "d", "O": "o"}.get(verb, verb))
    if directive.precision >= 0:
        digits = digits.rjust(directive.precision, "0")
    elif _fills(directive):
        signs = 1 if value < 0 or directive.has("+") or directive.has(" ") else 0
        digits = digits.rjust(directive.width - signs, "0")
    prefix = "0o" if verb == "O" else ""
    if directive.has("#"):
        prefix = {"b": "0b", "o": "" if digits.startswith("0") else "0", "x": "0x", "X": "0X"}.get(verb, prefix)
    return _padded(_sign(directive, value < 0) + prefix + digits, directive)


def _character(directive: Directive, value: int) -> str:
    is_character = 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF
    char = chr(value) if is_character else "\N{REPLACEMENT CHARACTER}"
    if directive.verb == "U":
        text = f"U+{value:0{max(4, directive.precision)}X}"
        return _padded(f"{text} '{char}'" if directive.has("#") and char.isprintable() else text, directive)
    if directive.verb == "q":
        char = go_quote(char, "'", ascii_only=directive.has("+"))
    return _padded(char, directive)


def _float(directive: Directive, value: float) -> str:
    verb, precision = directive.verb, directive.precision
    magnitude = abs(value)
    if verb in "xXb":
        text = _binary(magnitude, verb)
    elif verb in "gGv" and precision < 0 and not directive.has("#"):
        text = go_float(magnitude)
    else:
        mark = "#" if directive.has("#") else ""
        kind = {"F": "f", "v": "g"}.get(verb, verb).lower()
        text = format(magnitude, f"{mark}.{6 if precision < 0 else precision}{kind}")
    text = text.upper() if verb in "EGX" else text
    sign = _sign(directive, math.copysign(1, value) < 0)
    if _fills(directive):
        text = text.rjust(directive.width - len(sign), "0")
    return _padded(sign + text, directive)


def _binary(magnitude: float, verb: str) -> str:
    """Returns a float by powers of two: 0x1.8p+01, or 6755399441055744p-51."""
    mantissa, exponent = math.frexp(magnitude)
    if verb == "b":
        return f"{int(mantissa * 2**MANTISSA_BITS)}p{exponent - MANTISSA_BITS:+d}"
    digits, _, power = magnitude.hex().partition("p")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}p{int(power):+03d}"


def _text(directive: Directive, value: str) -> str:
    if directive.verb in "xX":
        return _padded(_hex(directive, value.encode()), directive)
    text = value if directive.precision < 0 else value[: directive.precision]
    if directive.verb == "q" or directive.is_go_syntax:
        raw = directive.has("#") and "`" not in text and text.isprintable()
        text = f"`{text}`" if raw else go_quote(text, ascii_only=directive.has("+"))
    return _padded(text, directive)


def _hex(directive: Directive, data: bytes) -> str:
    data = data if directive.precision < 0 else data[: directive.precision]
    prefix = "0x" if directive.has("#") and data else ""
    text = " ".join(f"{prefix}{byte:02x}" for byte in data) if directive.has(" ") else prefix + data.hex()
    return text.upper() if directive.verb == "X" else text


def _sign(directive: Directive, is_negative: bool) -> str:
    if is_negative:
        return "-"
    return "+" if directive.has("+") else " " if directive.has(" ") else ""


def _fills(directive: Directive) -> bool:
    """Whether zeros, and not blanks, stand on the left."""
    return "0" in directive.flags and "-" not in directive.flags


def _padded(text: str, directive: Directive) -> str:
    return text.ljust(directive.width) if "-" in directive.flags else text.rjust(directive.width)


_FORMATTERS: tuple[tuple[type, str, Callable[[Directive, Any], str]], ...] = (
    (bool, BOOL_VERBS, _bool),
    (int, INTEGER_VERBS, _integer),
    (float, FLOAT_VERBS, _float),
    (str, TEXT_VERBS, _text),
)
