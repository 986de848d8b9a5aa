"""Reads entries of a map as what they should be; what is not so becomes a diagnostic and the entry's default."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

import msgspec

from statewright.kernel.expressions.template import Template
from statewright.kernel.expressions.trace import Read
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity, meant
from statewright.language.diagnostics.edits import Advice, quote, write
from statewright.language.diagnostics.problems import Problems
from statewright.language.marks import At, List, Map, Trail
from statewright.language.yaml.durations import DURATION_MAX, parse_duration

T = TypeVar("T")
R = TypeVar("R")
# Definition ids keep the author's spelling; a longer one is no name any more.
ID_LENGTH_MAX = 200
# Keys that begin so belong to the author: parts to refer to, notes, other programs' settings.
OWN_PREFIX = "x-"
# What most ids are; whatever else an id may be takes a longer look.
_PLAIN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\Z")
# What people write for a boolean in older YAML, or between quotes.
_BOOLEANS = {
    **dict.fromkeys(("yes", "y", "on", "true"), "true"),
    **dict.fromkeys(("no", "n", "off", "false"), "false"),
}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\Z")
# A longer list of keys helps nobody.
KEYS_LISTED_MAX = 12


class Keys(msgspec.Struct, frozen=True):
    """What a kind of map may hold: known keys, those of later releases, and what an unknown key is.

    `typo` makes an unknown key an error where it resembles a known one, else a warning.
    """

    what: str
    known: frozenset[str]
    later: frozenset[str] = frozenset()
    unknown: Literal["error", "typo", "warning"] = "error"
    elsewhere: dict[str, str] = {}  # known keys of other maps, each with what to do


class Written(msgspec.Struct, frozen=True):
    """A task as its author wrote it. `first` and `end` say which of the reader's templates were read for it."""

    at: At
    first: int
    end: int


class KeptSchema(msgspec.Struct, frozen=True):
    """A schema that was compiled once, with what was said about it."""

    at: At
    schema: Schema | None
    found: tuple[Diagnostic, ...]


class KeptReading(msgspec.Struct, frozen=True):
    """What was read of a definition in some surroundings, and the templates in it. It was without fault."""

    around: object
    found: object
    templates: list[tuple[At, Template]]


class Reader:
    """Typed access to marked maps; collects what does not fit, and the templates that were parsed, with places."""

    def __init__(self, problems: Problems, kin: Reader | None = None) -> None:
        self.problems = problems
        self.templates: list[tuple[At, Template]] = []
        self.tasks: dict[str, Written] = {}
        # An agent's words and schemas are compiled once, however many tasks and workflows ask it: the readers of one
        # project share them. A schema is known by its place and path.
        self.parsed: dict[str, Template] = kin.parsed if kin is not None else {}
        self.reads: dict[Template, tuple[Read, ...]] = kin.reads if kin is not None else {}
        self.schemas: dict[tuple[str, int, Trail], KeptSchema] = kin.schemas if kin is not None else {}
        self.kept: dict[tuple[object, str, int, Trail], KeptReading] = kin.kept if kin is not None else {}

    def once(self, at: At, around: T, read: Callable[[At, T, Reader], R]) -> R:
        """Returns what `read` makes of a definition; workflows with the same surroundings share it."""
        key = (read, at.mark.source.file, at.mark.start, at.trail)
        kept = self.kept.get(key)
        if kept is not None and kept.around == around:
            self.templates.extend(kept.templates)
            return kept.found  # type: ignore[return-value]  # what this `read` made of it before
        first, problems = len(self.templates), self.problems.count
        found = read(at, around, self)
        if self.problems.count == problems:
            self.kept[key] = KeptReading(around, found, self.templates[first:])
        return found

    def keys(self, at: At, keys: Keys, also: Iterable[str] = ()) -> None:
        """Complains about keys that the map cannot have."""
        known = keys.known.union(also)
        for key, entry in at.entries():
            if key in known:
                continue
            if key in keys.later:
                if entry.value not in (None, [], {}, False):
                    self.not_available(f"{key!r} in {keys.what}", entry)
                continue
            self._unknown(key, entry, keys, known, taken=at.value)

    def not_available(self, thing: str, at: At) -> None:
        """Says that something exists, but not in this release."""
        hint = "README.md says what this release runs"
        message = f"{thing} is not available in this release"
        self.problems.key("NOT_AVAILABLE", message, at, hint=hint, severity="warning")

    def text(self, at: At, key: str, default: str = "") -> str:
        """Returns a text entry."""
        entry = at.get(key)
        if entry is None:
            return default
        if isinstance(entry.value, str):
            return entry.value
        self.problems.error(
            "TYPE_STRING", f"{key!r} must be a text, not {_named(entry.value)}", entry, hint=_quoting(entry)
        )
        return default

    def required_text(self, at: At, key: str, what: str) -> str:
        """Returns a text entry that must be there."""
        if at.get(key) is None:
            self.missing(at, key, what)
            return ""
        return self.text(at, key)

    def missing(self, at: At, key: str, what: str, hint: str | Advice = "") -> None:
        """Says that an entry is missing."""
        words = hint if isinstance(hint, str) else hint.hint
        self.problems.error("FIELD_MISSING", f"{what} needs {key!r}", at, hint=Advice(words, meant=(key,)))

    def identifier(self, at: At, what: str, key: str = "id") -> str:
        """Returns an id, checked for what no id may hold (reliability.md B-020, B-021)."""
        id = self.required_text(at, key, what)
        entry = at.get(key)
        if entry is not None and isinstance(entry.value, str) and not is_identifier(id):
            message = f"{id!r} cannot be an id: no control characters, slashes or outer blanks"
            if len(id) > ID_LENGTH_MAX:
                message = f"an id has at most {ID_LENGTH_MAX} characters, this one has {len(id)}"
            self.problems.error("ID_INVALID", message, entry, hint="use letters, digits, '-' and '_'")
        return id

    def boolean(self, at: At, key: str, default: bool = False) -> bool:
        """Returns a boolean entry."""
        entry = at.get(key)
        if entry is None or isinstance(entry.value, bool):
            return default if entry is None else bool(entry.value)
        message = f"{key!r} must be true or false, not {_named(entry.value)}"
        self.problems.error("TYPE_BOOLEAN", message, entry, hint=_as_boolean(entry.value))
        return default

    def integer(self, at: At, key: str, default: int = 0, *, least: int = 0, most: int = 1_000_000) -> int:
        """Returns an integer entry within its range."""
        entry = at.get(key)
        if entry is None:
            return default
        if isinstance(entry.value, bool) or not isinstance(entry.value, int):
            message = f"{key!r} must be a whole number, not {_named(entry.value)}"
            self.problems.error("TYPE_INTEGER", message, entry, hint=_as_number(entry.value, _WHOLE))
            return default
        if not least <= entry.value <= most:
            self.problems.error("RANGE", f"{key!r} is {entry.value}, it must be {least} to {most}", entry)
            return default
        return entry.value

    def number(self, at: At, key: str, default: float, *, least: float, most: float) -> float:
        """Returns a number entry within its range."""
        entry = at.get(key)
        if entry is None:
            return default
        if isinstance(entry.value, bool) or not isinstance(entry.value, int | float):
            message = f"{key!r} must be a number, not {_named(entry.value)}"
            self.problems.error("TYPE_NUMBER", message, entry, hint=_as_number(entry.value, _NUMBER))
            return default
        if not least <= entry.value <= most:
            self.problems.error("RANGE", f"{key!r} is {entry.value}, it must be {least} to {most}", entry)
            return default
        return float(entry.value)

    def duration(self, at: At, key: str, default: int = 0, *, least: int = 1) -> int:
        """Returns a span of time in milliseconds."""
        entry = at.get(key)
        if entry is None:
            return default
        parsed = parse_duration(entry.value) if isinstance(entry.value, str) else None
        if parsed is None:
            number = isinstance(entry.value, int) and not isinstance(entry.value, bool) and entry.value > 0
            hint = f"with its unit: {entry.value}s, or {entry.value}ms" if number else "as in 500ms, 30s, 1h30m or 7d"
            self.problems.error("DURATION_INVALID", f"{entry.value!r} is not a span of time", entry, hint=hint)
            return default
        if not least <= parsed <= DURATION_MAX:
            message = f"{entry.value!r} is out of range: 1ms to 10 years"
            self.problems.error("DURATION_INVALID", message, entry, hint="as in 500ms, 30s, 1h30m or 7d")
            return default
        return parsed

    def choice(self, at: At, key: str, choices: Iterable[str], default: str) -> str:
        """Returns one of the choices."""
        entry, options = at.get(key), list(choices)
        if entry is None:
            return default
        if entry.value not in options:
            hint = meant(str(entry.value), options, listed="choices")
            self.problems.error("CHOICE_INVALID", f"{key!r} cannot be {entry.value!r}", entry, hint=hint)
            return default
        return str(entry.value)

    def mapping(self, at: At, key: str) -> At | None:
        """Returns a map entry."""
        entry = at.get(key)
        if entry is None or isinstance(entry.value, Map):
            return entry
        self.problems.error("TYPE_MAP", f"{key!r} must be a map, not {_named(entry.value)}", entry)
        return None

    def elements(self, at: At, key: str) -> list[At]:
        """Returns the elements of a list entry."""
        entry = at.get(key)
        if entry is None:
            return []
        if isinstance(entry.value, List):
            return list(entry.elements())
        hint = "a single element is written with a '-' too"
        self.problems.error("TYPE_LIST", f"{key!r} must be a list, not {_named(entry.value)}", entry, hint=hint)
        return []

    def maps(self, at: At, key: str) -> list[At]:
        """Returns the elements of a list of maps."""
        found = []
        for element in self.elements(at, key):
            if isinstance(element.value, Map):
                found.append(element)
            else:
                message = f"an element of {key!r} must be a map, not {_named(element.value)}"
                self.problems.error("TYPE_MAP", message, element)
        return found

    def texts(self, at: At, key: str) -> tuple[str, ...]:
        """Returns the elements of a list of texts."""
        found = []
        for element in self.elements(at, key):
            if isinstance(element.value, str):
                found.append(element.value)
            else:
                message = f"an element of {key!r} must be a text, not {_named(element.value)}"
                self.problems.error("TYPE_STRING", message, element, hint=_quoting(element))
        return tuple(found)

    def _unknown(self, key: str, entry: At, keys: Keys, known: frozenset[str], *, taken: Map) -> None:
        worst: Severity = "error" if keys.unknown == "error" else "warning"
        if self.problems.is_full(worst) or (keys.unknown != "error" and key.startswith(OWN_PREFIX)):
            return
        names = sorted(known | keys.later)
        elsewhere = keys.elsewhere.get(key, "")
        # Whoever wrote both did not mistype one for the other.
        hint = Advice(elsewhere) if elsewhere else meant(key, names, taken=taken)
        strict = keys.unknown == "error" or (keys.unknown == "typo" and bool(hint))
        if not hint and len(names) <= KEYS_LISTED_MAX:
            hint = Advice("known keys: " + ", ".join(names))
        message = f"{keys.what} has no key {key!r}"
        self.problems.key("KEY_UNKNOWN", message, entry, hint=hint, severity="error" if strict else "warning")


def is_identifier(text: str) -> bool:
    """Returns whether a definition may have this id."""
    if _PLAIN_ID.match(text):
        return True
    fits = 0 < len(text) <= ID_LENGTH_MAX and text.strip() == text and text not in (".", "..")
    return fits and text.isprintable() and not set(text) & set("/\\")


def _named(value: object) -> str:
    """Returns what a value is, as a person would say it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a map" if isinstance(value, Map) else "a list" if isinstance(value, List) else f"{value!r}"


def _quoting(at: At) -> Advice:
    if isinstance(at.value, Map | List):
        return Advice()
    return quote(at.mark.source.text[at.mark.start : at.mark.end])


def _as_boolean(value: Json) -> Advice:
    word = _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None
    return write(word, f"write {word}") if word else Advice("write true or false")


def _as_number(value: Json, form: re.Pattern[str]) -> Advice:
    if isinstance(value, str) and form.match(value):
        return write(value, f"write {value} without quotes")
    return Advice("write digits, without quotes")
