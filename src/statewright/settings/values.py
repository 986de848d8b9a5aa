"""What a setting's value may be: texts of flags and variables become values, and values are shown, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from statewright.kernel.values import Json
from statewright.language.diagnostics.masking import LITERAL_KEYS
from statewright.language.grammar import kinds
from statewright.language.yaml.durations import DURATION_MAX, parse_duration
from statewright.settings.keys.key import Key, Kind

REDACTED = "[REDACTED]"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?\Z")
# The account in an address: everything before its last @ that is still before the path.
_ACCOUNT = re.compile(r"(?<=://)[^/?#\s]*:[^/?#\s]*(?=@)")
# DESIGN 9: how runs and tenants are called.
_FORMATS = {"tenant": (re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z"), "small letters, digits, '-' and '_', at most 63")}
_UNITS = (("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


class Misfit(ValueError):
    """Raised where a text is no value of its key; says what was expected."""


def value_of(text: str, kind: Kind) -> Json:
    """Returns what a text of the command line or the environment means; raises `Misfit`."""
    return _READ[type(kind)](text.strip(), kind)


def expected(kind: Kind) -> str:
    """Returns in words what a value looks like."""
    if isinstance(kind, kinds.Text) and kind.format:
        return _FORMATS[kind.format][1]
    if isinstance(kind, kinds.Integer):
        return f"a whole number from {kind.least} to {kind.most}"
    if isinstance(kind, kinds.Number):
        return f"a number from {kind.least:g} to {kind.most:g}"
    if isinstance(kind, kinds.Choice):
        return "one of " + ", ".join(kind.values)
    return _EXPECTED[type(kind)]


def shown(value: Json, key: Key) -> Json:
    """Returns the value as anybody may see it: spans of time as text, what must stay secret hidden."""
    if value is None or value == "":
        return value
    if key.secret:
        return REDACTED
    if isinstance(value, str):
        hidden = _ACCOUNT.sub(REDACTED, value) if key.address else value
        return LITERAL_KEYS.sub(REDACTED, hidden)
    if isinstance(key.kind, kinds.Duration) and isinstance(value, int):
        return span(value)
    return value


def account_in(text: str) -> tuple[int, int] | None:
    """Returns where the account with its password stands in an address; None where it has none."""
    found = _ACCOUNT.search(text)
    return found.span() if found else None


def span(ms: int) -> str:
    """Returns a span of time as it is written in a file: `1h30m`, `500ms`."""
    parts = []
    for unit, size in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _text(text: str, kind: Any) -> Json:
    if kind.format and not _FORMATS[kind.format][0].match(text):
        raise Misfit(expected(kind))
    return text


def _integer(text: str, kind: Any) -> Json:
    if not _INTEGER.match(text) or not kind.least <= int(text) <= kind.most:
        raise Misfit(expected(kind))
    return int(text)


def _number(text: str, kind: Any) -> Json:
    if not _NUMBER.match(text) or not kind.least <= float(text) <= kind.most:
        raise Misfit(expected(kind))
    return float(text)


def _boolean(text: str, kind: Any) -> Json:
    folded = text.lower()
    if folded not in _TRUE and folded not in _FALSE:
        raise Misfit(expected(kind))
    return folded in _TRUE


def _choice(text: str, kind: Any) -> Json:
    folded = text if text in kind.words else text.lower()
    if folded not in kind.words:
        raise Misfit(expected(kind))
    return kind.aliases.get(folded, folded)


def _duration(text: str, kind: Any) -> Json:
    parsed = parse_duration(text)
    if parsed is None or not kind.least <= parsed <= DURATION_MAX:
        raise Misfit(expected(kind))
    return parsed


def _texts(text: str, kind: Any) -> Json:
    return [part for part in map(str.strip, text.split(",")) if part]


_READ: dict[type, Callable[[str, Any], Json]] = {
    kinds.Text: _text,
    kinds.Integer: _integer,
    kinds.Number: _number,
    kinds.Boolean: _boolean,
    kinds.Choice: _choice,
    kinds.Duration: _duration,
    kinds.ListOf: _texts,
}
_EXPECTED: dict[type, str] = {
    kinds.Text: "a text",
    kinds.Boolean: "true or false",
    kinds.Duration: "a span of time, as in 500ms, 30s or 1h30m",
    kinds.ListOf: "texts with commas between them",
}
