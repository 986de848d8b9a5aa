"""JSON Schemas of a definition: their keywords are checked here, at their places; what they mean is the kernel's.

Source: workflows.md 2.8 and reliability.md B-045..B-048.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.regex import compiled
from statewright.kernel.schemas import Schema, SchemaRefused, compile_schema
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.entities.schema_contradictions import check_contradictions
from statewright.language.entities.schema_keywords import FORMATS, KEYWORDS, OLD, TYPES, Holds
from statewright.language.entities.schema_references import check_references
from statewright.language.marks import BROKEN, At, List, Map, bare
from statewright.language.yaml.reading import KeptSchema, Reader
from statewright.language.yaml.scalars import INTEGER_MAX

# Schemas inside schemas: nobody follows more, and each level is two of the file's 64 (B-047).
DEPTH_MAX = 30
# More keywords than the largest schemas of published APIs have for one body.
KEYWORDS_MAX = 5_000
_BELOW_PROPERTIES = "properties of an object are listed under `properties`"


def read_schema(at: At, known: dict[str, Schema], reader: Reader) -> Schema | None:
    """Returns a schema written in place, or the one that a text names."""
    if isinstance(at.value, str):
        return _named(at, at.value, known, reader)
    if not isinstance(at.value, Map):
        reader.problems.error("TYPE_MAP", "a schema is a map, or the id of one", at)
        return None
    if set(at.value) == {"id"}:
        entry = at.get("id")
        return None if entry is None else read_schema(entry, known, reader)
    key = (at.mark.source.file, at.mark.start, at.trail)
    kept = reader.schemas.get(key)
    # What was merged may have the place of what it was merged into.
    if kept is None or kept.at.value is not at.value:
        own = Problems()
        schema = _compiled(at, Reader(own))
        kept = reader.schemas[key] = KeptSchema(at, schema, own.sorted())
    reader.problems.add(kept.found)
    return kept.schema


def _named(at: At, id: str, known: dict[str, Schema], reader: Reader) -> Schema | None:
    found = known.get(id)
    if found is None:
        hint = meant(id, known, listed="schemas") or "define it under `schemas`, or write it in place"
        reader.problems.error("SCHEMA_UNKNOWN", f"there is no schema {id!r}", at, hint=hint)
    return found


def _compiled(at: At, reader: Reader) -> Schema | None:
    """Returns the schema; None where it has errors, or where a directive in it found nothing."""
    walk = _Walk(reader, old="$schema" in at.value)
    walk.schema(at, 1)
    return None if walk.broken or reader.problems.failed else _sound(at, walk, reader.problems)


def _sound(at: At, walk: _Walk, problems: Problems) -> Schema | None:
    """Returns the schema whose keywords are right, if it makes sense too."""
    if walk.references:
        check_references(at, walk.references, problems)
    for one in walk.schemas:
        check_contradictions(one, at, problems)
    if problems.failed:
        return None
    try:
        return compile_schema(bare(at.value), str(at.value.get("id") or ""))
    except SchemaRefused as refused:
        problems.error("SCHEMA_INVALID", f"this is not a JSON Schema: {refused}", _place(at, refused.path))
        return None


def _place(at: At, path: tuple[str | int, ...]) -> At:
    """Returns the part of the schema that a path names, or as much of the way as there is."""
    for step in path:
        entries = at.elements() if isinstance(at.value, List) else (entry for _, entry in at.entries())
        found = next((entry for entry in entries if entry.path == f"{at.path}/{step}"), None)
        if found is None:
            break
        at = found
    return at


class _Limit(msgspec.Struct):
    """How much of a schema was read, and whether that was said to be too much."""

    keywords: int = 0
    said: bool = False


class _Walk:
    """One way through a schema, all its parts. `schemas` and `references` are what it came by."""

    def __init__(self, reader: Reader, *, old: bool) -> None:
        self.schemas: list[At] = []
        self.references: list[At] = []
        self.broken = False
        self._reader = reader
        self._problems = reader.problems
        self._old = old
        self._limit = _Limit()

    def schema(self, at: At, depth: int) -> None:
        """Looks at a schema and all that it is made of; goes on after the first mistake."""
        if at.value is BROKEN:
            self.broken = True
        elif isinstance(at.value, Map):
            if self._fits_in(at, depth):
                self.schemas.append(at)
                for key, entry in at.entries():
                    self._keyword(at, key, entry, depth)
        elif not isinstance(at.value, bool):
            self._problems.error("TYPE_MAP", "a schema is a map here", at, hint="as in `{ type: string }`")

    def _fits_in(self, at: At, depth: int) -> bool:
        self._limit.keywords += len(at.value)
        if depth <= DEPTH_MAX and self._limit.keywords <= KEYWORDS_MAX:
            return True
        if not self._limit.said:
            self._limit.said = True
            message = f"a schema nests at most {DEPTH_MAX} deep"
            if self._limit.keywords > KEYWORDS_MAX:
                message = f"a schema has at most {KEYWORDS_MAX} keywords"
            self._problems.error("SCHEMA_LIMIT", message, at, hint="split it: a `$ref` can name each part under $defs")
        return False

    def _keyword(self, at: At, key: str, entry: At, depth: int) -> None:
        if entry.value is BROKEN:
            self.broken = True
            return
        holds = KEYWORDS.get(key)
        if holds is None:
            self._unknown(key, entry, at.value)
        elif key in OLD and not self._old:
            message = f"{key!r} means nothing in this version of JSON Schema"
            self._problems.key("NOT_APPLIED", message, entry, hint=OLD[key], severity="warning")
        elif holds in _PARTS:
            if key == "patternProperties":
                _patterns(self._reader, entry)
            for part in _PARTS[holds](self._reader, at, key):
                self.schema(part, depth + 1)
        elif holds == "reference":
            self._reference(entry)
        elif key != "$schema" or self._draft(entry):
            _CHECKS[holds](self._reader, at, key)

    def _unknown(self, key: str, entry: At, taken: Map) -> None:
        if not key.startswith("x-"):
            hint = meant(key, KEYWORDS, taken=taken) or _BELOW_PROPERTIES
            self._problems.key("KEY_UNKNOWN", f"a schema has no keyword {key!r}", entry, hint=hint)

    def _draft(self, at: At) -> bool:
        if isinstance(at.value, str) and at.value.rstrip("#") in _DRAFTS:
            return True
        message = f"{at.value!r} is no version of JSON Schema that is known here"
        self._problems.error("SCHEMA_INVALID", message, at, hint="leave it out, or write " + _DRAFTS[0])
        return False

    def _reference(self, at: At) -> None:
        if isinstance(at.value, str) and at.value.startswith("#"):
            self.references.append(at)
            return
        hint = "copy what it names under $defs, and refer to it as #/$defs/…"
        message = "a schema refers to nothing outside itself"
        self._problems.error("SCHEMA_REMOTE_REF_FORBIDDEN", message, at, hint=hint)


_DRAFTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-04/schema",
)


def _map_of_schemas(reader: Reader, at: At, key: str) -> Iterator[At]:
    found = reader.mapping(at, key)
    return iter(()) if found is None else (entry for _, entry in found.entries())


def _schema_or_list(reader: Reader, at: At, key: str) -> Iterator[At]:
    """Up to draft 7 a list under `items` is about the first elements."""
    entry = at.get(key)
    if entry is None:
        return
    if not isinstance(entry.value, List):
        yield entry
    elif "$schema" in at.value:
        yield from entry.elements()
    else:
        hint = "a schema for each of the first elements is listed under `prefixItems`"
        reader.problems.error("SCHEMA_INVALID", "`items` is one schema, for every element", entry, hint=hint)


_PARTS: dict[Holds, Callable[[Reader, At, str], Iterator[At]]] = {
    "schema": lambda reader, at, key: iter([entry] if (entry := at.get(key)) is not None else ()),
    "schemas": lambda reader, at, key: iter(reader.elements(at, key)),
    "schema map": _map_of_schemas,
    "schema or list": _schema_or_list,
}


def _type(reader: Reader, at: At, key: str) -> None:
    entry = at.get(key)
    if entry is None:
        return
    for one in entry.elements() if isinstance(entry.value, List) else [entry]:
        if one.value not in TYPES:
            hint = meant(str(one.value), TYPES, listed="types")
            reader.problems.error("SCHEMA_INVALID", f"there is no type {one.value!r}", one, hint=hint)


def _pattern(reader: Reader, at: At, key: str) -> None:
    """A pattern is matched in linear time, whatever it says (B-045)."""
    entry = at.get(key)
    if entry is not None and reader.text(at, key):
        _compile(entry.value, entry, reader)


def _patterns(reader: Reader, at: At) -> None:
    for pattern, entry in at.entries():
        _compile(pattern, entry, reader)


def _compile(pattern: str, at: At, reader: Reader) -> None:
    try:
        compiled(pattern)
    except ExpressionError as error:
        # The engine's own words say what it stumbled over, and not what to do.
        message = "this pattern is no RE2 expression" if error.hint else error.message
        reader.problems.error(error.code, message, at, hint=error.hint or "say less with it, or look at parts")


def _format(reader: Reader, at: At, key: str) -> None:
    entry, name = at.get(key), reader.text(at, key)
    if entry is not None and name and name not in FORMATS:
        hint = meant(name, FORMATS) or "say it with `pattern` instead"
        reader.problems.warning("FORMAT_UNKNOWN", f"the format {name!r} is not checked", entry, hint=hint)


def _required(reader: Reader, at: At, key: str) -> None:
    entry = at.get(key)
    if entry is not None and isinstance(entry.value, bool):
        hint = "list the property's name under `required` of the object that has it"
        reader.problems.error("SCHEMA_INVALID", "`required` lists names of properties", entry, hint=hint)
        return
    _no_doubles(reader, at, key)


def _no_doubles(reader: Reader, at: At, key: str) -> None:
    names = reader.texts(at, key)
    for element in reader.elements(at, key):
        if isinstance(element.value, str) and names.count(element.value) > 1:
            message, hint = f"{element.value!r} is listed twice", "remove one of them"
            reader.problems.error("SCHEMA_INVALID", message, element, hint=hint)
            return


def _name_lists(reader: Reader, at: At, key: str) -> None:
    found = reader.mapping(at, key)
    if found is not None:
        for name in found.value:
            reader.texts(found, name)


def _number(reader: Reader, at: At, key: str) -> None:
    reader.number(at, key, 0, least=-1e308, most=1e308)


_CHECKS: dict[Holds, Callable[[Reader, At, str], object]] = {
    "natural": lambda reader, at, key: reader.integer(at, key, most=INTEGER_MAX),
    "number": _number,
    "text": lambda reader, at, key: reader.text(at, key),
    "boolean": lambda reader, at, key: reader.boolean(at, key),
    "names": _required,
    "name lists": _name_lists,
    "list": lambda reader, at, key: reader.elements(at, key),
    "anything": lambda reader, at, key: None,
    "type": _type,
    "pattern": _pattern,
    "format": _format,
}
