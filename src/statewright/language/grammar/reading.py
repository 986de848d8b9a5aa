"""Reads what is written by the tables: complains about whatever does not fit, and keeps the rest with its defaults.

It does not compile anything: what a run needs is read again, by its own reader, from the same place. Both complain in
the same words, and `Problems` drops what was said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.grammar import kinds
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.field import Entity
from statewright.language.grammar.formats import FORMATS, Format
from statewright.language.grammar.secrets import HINT, refuse_in_clear
from statewright.language.marks import BROKEN, At, List, Map, bare
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import template, tree
from statewright.language.yaml.reading import Reader

# Kinds that have a reader of their own, which says what is wrong with a name or a double of them.
_HAVE_READERS = frozenset({"agent", "tool", "model", "memory", "schema", "workflow", "project"})
# How a kind is called, and its code, where an id of it is not found.
_UNKNOWN = {
    "embedder": ("EMBEDDER_UNKNOWN", "embedder"),
    "knowledge_base": ("KNOWLEDGE_UNKNOWN", "knowledge base"),
    "mcp": ("MCP_UNKNOWN", "MCP server"),
    "vector_db": ("VECTOR_DB_UNKNOWN", "vector database"),
}
# Whose ids are compared within one list.
_LISTED = {"model": "model"} | {kind: noun for kind, (_, noun) in _UNKNOWN.items()}


# What `$use` and `$ref` bring to tasks and agents.
_SHARED = frozenset({"agent", "tool", "model"})


class Entities:
    """The entities of a project, by kind and id, as they are read. `finish` looks at what they say about each other."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.found: dict[str, dict[str, Json]] = {}
        self._maps: dict[str, dict[str, At]] = {}
        self._named: list[tuple[str, At]] = []
        self._taken: dict[tuple[str, str], At] = {}
        self._read: dict[tuple[str, str, int], tuple[Json, Json]] = {}

    def read(self, at: At, name: str) -> Json:
        """Returns a map as the entity of this name; None where it is none of its variants."""
        if name == "schema":
            return self.schema(at)
        entity = ENTITIES[name]
        if entity.variants:
            variant = at.value.get("type") if isinstance(at.value, Map) else None
            written = next(iter(entity.variants)) if variant is None else variant
            chosen = entity.variants.get(written) if isinstance(written, str) else None
            read = None if chosen is None else self._fields(at, ENTITIES[chosen])
            # Only what has a file of its own can be asked for by its id alone.
            if read is not None and at.trail == "":
                self._keep(at, name, read)
            return read
        place = _written_at(at.value, name)
        written, kept = self._read.get(place, (None, None)) if place is not None else (None, None)
        if written is None or written != at.value:
            kept = self._fields(at, entity)
            if entity.kept:
                self._keep(at, name, kept)
            if place is not None:
                self._read[place] = (at.value, kept)
        return kept

    def finish(self) -> None:
        """Complains about ids that nothing has, and about what cannot work together."""
        for kind, at in self._named:
            if at.value not in self.found.get(kind, {}):
                code, noun = _UNKNOWN[kind]
                hint = meant(at.value, self.found.get(kind, {}), listed=f"{noun}s")
                self.reader.problems.error(code, f"there is no {noun} {at.value!r}", at, hint=hint)
        for id, kept in self.found.get("knowledge_base", {}).items():
            self._check_dimensions(self._maps["knowledge_base"][id], kept)

    def value(self, at: At, key: str, kind: kinds.Kind) -> Json:
        """Returns the entry `key` of a map as a value of this kind."""
        return _READ[type(kind)](self, at, key, kind)

    def refer(self, kind: str, at: At) -> None:
        """Remembers that an id must be there when everything is read."""
        if kind in _UNKNOWN and isinstance(at.value, str) and not has_template(at.value):
            self._named.append((kind, at))

    def take(self, among: str, at: At) -> None:
        """Complains about a text that two things have which must differ in it."""
        first = self._taken.setdefault((among, at.value), at)
        if first.mark != at.mark:
            line = first.mark.place().line
            message = f"two {among} of the project are called {at.value!r}; the first one is in line {line}"
            self.reader.problems.error("ID_DUPLICATE", message, at, hint="rename one of them")

    def schema(self, at: At) -> Json:
        """Returns a schema, or the id of one; what has an id of its own is kept. Its keywords are checked elsewhere."""
        if at.value is BROKEN:
            return None
        value = bare(at.value)
        if isinstance(value, dict) and isinstance(value.get("id"), str) and len(value) > 1:
            self.found.setdefault("schema", {})[value["id"]] = value
        return value

    def _fields(self, at: At, entity: Entity) -> dict[str, Json]:
        kept = dict(entity.defaults)
        if not isinstance(at.value, Map):
            return kept
        self.reader.keys(at, entity.keys)
        by_name = entity.by_name
        for key, value in at.value.items():
            field = by_name.get(key)
            if field is not None and value is not None:
                read = _READ[type(field.kind)](self, at, key, field.kind)
                # Where both names are there, the one of today holds.
                if not field.means or at.value.get(field.means) is None:
                    kept[field.means or key] = read
        for key in entity.required:
            if at.value.get(key) is None:
                self.reader.missing(at, key, entity.what)
        for rule in entity.rules:
            rule(at, kept, self.reader)
        return kept

    def _keep(self, at: At, kind: str, kept: dict[str, Json]) -> None:
        id = kept.get("id") or kept.get("name")
        if kind == "model" and not id:
            id = f"{kept.get('provider', '')}:{kept.get('model', '')}"
        if isinstance(id, str) and id:
            self.found.setdefault(kind, {})[id] = kept
            self._maps.setdefault(kind, {})[id] = at

    def _check_dimensions(self, at: At, kept: Json) -> None:
        """A knowledge base's vectors are as long as its database expects."""
        made = self.found.get("embedder", {}).get(kept.get("embedder"), {})
        stored = self.found.get("vector_db", {}).get(kept.get("vector_db"), {})
        made_length, stored_length = ((one.get("config") or {}).get("dimension") for one in (made, stored))
        entry = at.get("vector_db")
        if made_length and stored_length and made_length != stored_length and entry is not None:
            message = f"the embedder makes vectors of {made_length} numbers, the database holds {stored_length}"
            self.reader.problems.error("RANGE", message, entry, hint="give both the same `dimension`")


def _text(here: Entities, at: At, key: str, kind: Any) -> Json:
    if kind.format == "identifier":
        return here.reader.identifier(at, "", key)
    text = here.reader.text(at, key)
    entry = at.get(key)
    if text and entry is not None:
        if kind.format and not has_template(text):
            _check_format(FORMATS[kind.format], key, entry, here.reader)
        if kind.of:
            here.refer(kind.of, entry)
        if kind.unique:
            here.take(kind.unique, entry)
        if kind.template and has_template(text):
            template(entry, here.reader)
    return text


def _check_format(format: Format, key: str, at: At, reader: Reader) -> None:
    if not format.fits(at.value):
        message = format.message.format(key=repr(key), value=repr(at.value), what=format.what)
        hint = meant(at.value, format.names()) or format.hint
        reader.problems.error(format.code, message, at, hint=hint)


def _credential(here: Entities, at: At, key: str, kind: Any) -> Json:
    entry = at.get(key)
    if entry is None:
        return None
    if not isinstance(entry.value, str):
        here.reader.problems.error("TYPE_STRING", "a credential is a text", entry, hint=HINT)
        return None
    template(entry, here.reader)
    return None if refuse_in_clear(entry, here.reader.problems) else entry.value


def _integer(here: Entities, at: At, key: str, kind: Any) -> Json:
    # What stands in the place of a number that does not fit is none that a rule could judge.
    found = here.reader.integer(at, key, kind.least - 1, least=kind.least, most=kind.most)
    return found if found >= kind.least else None


def _number(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.number(at, key, kind.least - 1, least=kind.least, most=kind.most)
    return found if found >= kind.least else None


def _boolean(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.boolean(at, key)
    return found if isinstance(at.value[key], bool) else None


def _choice(here: Entities, at: At, key: str, kind: Any) -> Json:
    chosen = here.reader.choice(at, key, kind.words, "")
    return kind.aliases.get(chosen, chosen) or None


def _duration(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.duration(at, key, -1, least=kind.least)
    return found if found >= 0 else None


def _any_map(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.mapping(at, key)
    if found is not None and kind.template:
        tree(found, here.reader)
    return None if found is None else bare(found.value)


def _any_value(here: Entities, at: At, key: str, kind: Any) -> Json:
    entry = at.get(key)
    if entry is not None and kind.template:
        tree(entry, here.reader)
    value = at.value[key]
    return None if value is BROKEN else bare(value)


def _schema(here: Entities, at: At, key: str, kind: Any) -> Json:
    entry = at.get(key)
    return None if entry is None else here.schema(entry)


def _inline(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.mapping(at, key)
    return None if found is None else here.read(found, kind.entity)


def _written_at(value: Json, name: str) -> tuple[str, str, int] | None:
    """Returns where a map begins that directives may bring to many places; what they bring is read once."""
    if name not in _SHARED or not isinstance(value, Map) or not value:
        return None
    mark = value.marks[next(iter(value))]
    return name, mark.source.file, mark.key_start


def _selector(here: Entities, at: At, key: str, kind: Any) -> Json:
    entry = at.get(key)
    return None if entry is None else _selected(here, entry, key, kind)


def _selected(here: Entities, at: At, key: str, kind: Any) -> Json:
    """An id stays an id, also where it stands in a map of its own; anything else is the entity itself."""
    if isinstance(at.value, Map) and set(at.value) != {"id"}:
        return here.read(at, kind.entity)
    named = (at.get("id") or at) if isinstance(at.value, Map) else at
    if isinstance(named.value, str):
        here.refer(kind.entity, named)
        return named.value
    if kind.entity not in _HAVE_READERS:
        message = f"an element of {key!r} is the id of one, or a map with an id"
        here.reader.problems.error("TYPE_STRING", message, at)
    return None


def _map_of(here: Entities, at: At, key: str, kind: Any) -> Json:
    found = here.reader.mapping(at, key)
    if found is None:
        return None
    return {name: None if value is None else here.value(found, name, kind.kind) for name, value in found.value.items()}


def _list_of(here: Entities, at: At, key: str, kind: Any) -> Json:
    element = kind.kind
    if type(element) is kinds.Text:
        found: list[Json] = list(here.reader.texts(at, key))
        for one in here.reader.elements(at, key) if element.template else ():
            template(one, here.reader)
    elif type(element) is kinds.Inline:
        found = [here.read(one, element.entity) for one in here.reader.maps(at, key)]
    else:
        found = [_ELEMENT[type(element)](here, one, key, element) for one in here.reader.elements(at, key)]
    _check_length(here, at, key, kind)
    noun = _LISTED.get(getattr(element, "entity", ""))
    if noun is not None:
        _refuse_doubles(at, key, noun, here.reader)
    return found


def _check_length(here: Entities, at: At, key: str, kind: Any) -> None:
    entry = at.get(key)
    if entry is None or not isinstance(entry.value, List):
        return
    count = len(entry.value)
    # A list of tasks is counted where it is compiled.
    if count < kind.least and getattr(kind.kind, "entity", "") != "task":
        here.reader.problems.error("RANGE", f"{key!r} needs at least one element", entry)
    if kind.most and count > kind.most:
        here.reader.problems.error("RANGE", f"{key!r} has {count} elements, it may have {kind.most}", entry)


def _refuse_doubles(at: At, key: str, noun: str, reader: Reader) -> None:
    first: dict[str, At] = {}
    for element in reader.elements(at, key):
        id = element.get("id")
        if id is not None and isinstance(id.value, str) and first.setdefault(id.value, element) is not element:
            line = first[id.value].mark.place().line
            message = f"there are two {noun}s {id.value!r}; the first one is in line {line}"
            reader.problems.error("ID_DUPLICATE", message, id, hint="rename one of them")


def _one_of(here: Entities, at: At, key: str, kind: Any) -> Json:
    entry = at.get(key)
    fitting = None if entry is None else _fitting(entry, kind)
    if fitting is not None:
        return here.value(at, key, fitting)
    # What is a text or an entity has a reader of its own, which says more than that it is neither.
    if any(type(one) is kinds.AnyMap for one in kind.kinds):
        here.reader.mapping(at, key)
    elif any(type(one) is kinds.ListOf for one in kind.kinds):
        here.reader.elements(at, key)
    return None


def _one_of_element(here: Entities, at: At, key: str, kind: Any) -> Json:
    fitting = _fitting(at, kind)
    return None if fitting is None else _ELEMENT[type(fitting)](here, at, key, fitting)


def _fitting(at: At, kind: Any) -> Any:
    return next((one for one in kind.kinds if isinstance(at.value, _SHAPES.get(type(one), object))), None)


# What tells the kinds of a `OneOf` apart; the rest take anything.
_SHAPES: dict[Any, type] = {
    kinds.Text: str,
    kinds.Boolean: bool,
    kinds.AnyMap: Map,
    kinds.Inline: Map,
    kinds.ListOf: List,
}
Read = Callable[[Entities, At, str, Any], Json]
_READ: dict[Any, Read] = {
    kinds.Text: _text,
    kinds.Credential: _credential,
    kinds.Integer: _integer,
    kinds.Number: _number,
    kinds.Boolean: _boolean,
    kinds.Choice: _choice,
    kinds.Duration: _duration,
    kinds.AnyMap: _any_map,
    kinds.AnyValue: _any_value,
    kinds.SchemaOrId: _schema,
    kinds.Inline: _inline,
    kinds.Selector: _selector,
    kinds.ListOf: _list_of,
    kinds.MapOf: _map_of,
    kinds.OneOf: _one_of,
}
# The same for an element of a list, where the place is the element's own. Texts and entities go through the reader.
_ELEMENT: dict[Any, Read] = {
    kinds.Text: lambda here, at, key, kind: at.value,
    kinds.Inline: lambda here, at, key, kind: here.read(at, kind.entity),
    kinds.Selector: _selected,
    kinds.SchemaOrId: lambda here, at, key, kind: here.schema(at),
    kinds.OneOf: _one_of_element,
}
