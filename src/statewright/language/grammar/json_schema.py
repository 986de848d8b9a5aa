"""The grammar as a JSON Schema (draft 7, which editors read): for project files, and for files with a `resource:`.

It is stricter than `check` in one thing: a key that `check` only warns about is refused where the table is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.kernel.values import Json
from statewright.language.grammar import kinds
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.formats import FORMATS
from statewright.language.yaml.reading import OWN_PREFIX

DIALECT = "http://json-schema.org/draft-07/schema#"
# Files of their own, by the word that their `resource:` says.
RESOURCES = (
    "agent", "tool", "task", "memory", "workflow", "schema", "model", "mcp", "embedder", "vector_db", "knowledge_base",
)  # fmt: skip
# What `parse_duration` takes, as far as a pattern can say it.
_DURATION = r"^\s*([0-9.]+\s*[A-Za-zµ]+\s*,?\s*(and\s+)?)+$"
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_TEMPLATE = "Templates in {{ }} are allowed."
_NOT_YET = "This release checks it and does not use it yet."


def project_schema() -> dict[str, Json]:
    """Returns the schema of every file that a project may consist of."""
    is_resource = {"properties": {"resource": {"enum": list(RESOURCES)}}, "required": ["resource"]}
    return {
        "$schema": DIALECT,
        "title": "Statewright project",
        "type": "object",
        "if": is_resource,
        "then": {"allOf": [_if_resource(name) for name in RESOURCES]},
        "else": {"$ref": "#/definitions/project"},
        "definitions": _definitions(),
    }


def entity_schema(name: str) -> dict[str, Json]:
    """Returns the schema of files that hold one entity, as in `workflow` or `agent`."""
    entity = ENTITIES.get(name)
    title = f"Statewright {entity.what.split(' ', 1)[-1] if entity else name}"
    return {"$schema": DIALECT, "title": title, **_ref(name), "definitions": _definitions()}


def _if_resource(name: str) -> dict[str, Json]:
    said = {"properties": {"resource": {"const": name}}, "required": ["resource"]}
    return {"if": said, "then": _ref(name)}


def _definitions() -> dict[str, Json]:
    found = {name: _variants(entity) if entity.variants else _entity(entity) for name, entity in ENTITIES.items()}
    for name, rule in _CROSS.items():
        found[name] = {**found[name], **rule}
    return {"directive": _DIRECTIVE, "selector": _SELECTOR, "schema": _JSON_SCHEMA, **found}


def _entity(entity: Entity) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "description": _sentence(entity.about, available=entity.available),
        "properties": {field.name: _field(field) for field in entity.fields},
    }
    if entity.required:
        schema["required"] = list(entity.required)
    if entity.unknown != "warning":
        schema["additionalProperties"] = False
    if entity.unknown == "typo":
        schema["patternProperties"] = {f"^{OWN_PREFIX}": {}}
    return schema


def _variants(entity: Entity) -> dict[str, Json]:
    """One of several entities, by `type`; each says what it is, so that an editor completes the right keys."""
    default = next(iter(entity.variants))
    cases: list[Json] = [{"if": _says(name), "then": _ref(variant)} for name, variant in entity.variants.items()]
    cases.append({"if": {"not": {"required": ["type"]}}, "then": _ref(entity.variants[default])})
    return {
        "type": "object",
        "description": entity.about,
        "properties": {"type": {"enum": list(entity.variants)}},
        "allOf": cases,
    }


def _says(name: str) -> dict[str, Json]:
    return {"properties": {"type": {"const": name}}, "required": ["type"]}


def _field(field: Field) -> dict[str, Json]:
    schema: dict[str, Json] = {"description": _sentence(field.about, kind=field.kind, available=field.available)}
    # A key without a value says nothing, as if it were not there.
    nullable: list[dict[str, Json]] = [] if field.required else [{"type": "null"}]
    value = _kind(field.kind)
    if value:
        schema |= _any_of(value, *nullable)
    if field.default not in (None, [], {}) and not isinstance(field.kind, kinds.Duration):
        schema["default"] = field.default
    return schema


def _sentence(about: str, *, available: bool, kind: kinds.Kind | None = None) -> str:
    template = _TEMPLATE if getattr(kind, "template", False) else ""
    return " ".join(part for part in (about, template, "" if available else _NOT_YET) if part)


def _kind(kind: kinds.Kind) -> dict[str, Json]:
    return _KINDS[type(kind)](kind)


def _ref(name: str) -> dict[str, Json]:
    return {"$ref": f"#/definitions/{name}"}


def _any_of(*options: dict[str, Json]) -> dict[str, Json]:
    """Returns a choice; choices of choices become one."""
    flat = [one for option in options for one in (option["anyOf"] if option.keys() == {"anyOf"} else [option])]
    return {"anyOf": [one for index, one in enumerate(flat) if one not in flat[:index]]}


def _text(kind: Any) -> dict[str, Json]:
    pattern = FORMATS[kind.format].pattern if kind.format else ""
    if not pattern:
        return {"type": "string"}
    # A text that holds a template has its form when it is rendered.
    return {"type": "string", "anyOf": [{"pattern": pattern}, {"pattern": r"\{\{"}]}


def _credential(kind: Any) -> dict[str, Json]:
    return {"type": "string", "pattern": r"^$|\{\{"}


def _range(kind: Any) -> dict[str, Json]:
    name = "integer" if isinstance(kind, kinds.Integer) else "number"
    return {"type": name, "minimum": kind.least, "maximum": kind.most}


def _duration(kind: Any) -> dict[str, Json]:
    return {"type": "string", "pattern": _DURATION}


def _inline(kind: Any) -> dict[str, Json]:
    entity = _ref(kind.entity)
    if kind.needs:
        entity = {"allOf": [entity, {"required": list(kind.needs)}]}
    return _any_of(_ref("directive"), entity)


def _list(kind: Any) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "array", "items": _kind(kind.kind)}
    if isinstance(kind.kind, kinds.Text):
        schema["items"] = _any_of(_ref("directive"), schema["items"])
    schema |= {"minItems": kind.least} if kind.least else {}
    schema |= {"maxItems": kind.most} if kind.most else {}
    return _any_of(_ref("directive"), schema)


def _map(kind: Any) -> dict[str, Json]:
    values = _any_of(_kind(kind.kind), {"type": "null"})
    return _any_of(_ref("directive"), {"type": "object", "additionalProperties": values})


_KINDS: dict[Any, Callable[[Any], dict[str, Json]]] = {
    kinds.Text: _text,
    kinds.Credential: _credential,
    kinds.Integer: _range,
    kinds.Number: _range,
    kinds.Boolean: lambda kind: {"type": "boolean"},
    kinds.Choice: lambda kind: {"enum": list(kind.words)},
    kinds.Duration: _duration,
    kinds.AnyMap: lambda kind: {"type": "object"},
    kinds.AnyValue: lambda kind: {},
    kinds.SchemaOrId: lambda kind: _any_of({"type": "string"}, _ref("directive"), _ref("schema")),
    kinds.Inline: _inline,
    kinds.Selector: lambda kind: _any_of({"type": "string"}, _ref("selector"), _ref("directive"), _ref(kind.entity)),
    kinds.ListOf: _list,
    kinds.MapOf: _map,
    kinds.OneOf: lambda kind: _any_of(*(_kind(one) for one in kind.kinds)),
}


def _any_key(*names: str) -> dict[str, Json]:
    """Returns that one of the keys is there at least."""
    return {"anyOf": [{"required": [name]} for name in names]}


def _not_all(*names: str) -> dict[str, Json]:
    return {"not": {"required": list(names)}}


def _when(key: str, value: Json, then: dict[str, Json]) -> dict[str, Json]:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}


# What fields have to do with each other, as far as a schema can say it; the entities' rules say all of it.
_WITH_AGENT = {"if": {"required": ["agent"]}, "then": _any_key("action", "prompt")}
_CROSS: dict[str, dict[str, Json]] = {
    "workflow": {"required": ["tasks"], **_any_key("id", "name")},
    "basic_task": {
        "allOf": [_not_all("agent", "tool"), _not_all("tool", "action"), _WITH_AGENT],
    },
    "collection_task": {**_any_key("task", "tasks"), **_not_all("task", "tasks")},
    "mcp": {**_any_key("url", "command"), **_not_all("url", "command")},
    "tool": {
        "allOf": [
            _when("type", "http", {"required": ["config"], "properties": {"config": {"required": ["base_url"]}}}),
            _when("type", "javascript", _any_key("execute", "code")),
            _when("type", "python", {"required": ["execute"]}),
        ]
    },
    "memory": _not_all("max_tokens", "max_context_ratio"),
    "persistence": _when("type", "redis", {"required": ["ttl"]}),
    "trigger": {
        "allOf": [
            _when("type", "signal", {"required": ["name"]}),
            _when("type", "webhook", {"required": ["webhook"]}),
        ]
    },
    "webhook_verify": {
        "allOf": [
            _when("strategy", "hmac", {"required": ["secret", "header"]}),
            _when("strategy", "stripe", {"required": ["secret"]}),
            _when("strategy", "github", {"required": ["secret"]}),
        ]
    },
    "knowledge_source": {
        "allOf": [
            _when("type", "url", {**_any_key("path", "urls"), **_not_all("paths")}),
            _when("type", "markdown_glob", _any_key("path", "paths")),
        ]
    },
    "autoload": _when("enabled", True, {"required": ["include"]}),
}
_DIRECTIVE: dict[str, Json] = {
    "type": "object",
    "description": "Brings what is written elsewhere.",
    "properties": {
        "$ref": {"description": "The path of what stands here instead.", "type": "string"},
        "$use": {"description": "The component that stands here instead, by its kind.", "type": "string"},
        "$merge": {"description": "What is merged into one."},
    },
    "anyOf": [{"required": ["$ref"]}, {"required": ["$use"]}, {"required": ["$merge"]}],
}
_SELECTOR: dict[str, Json] = {
    "type": "object",
    "description": "The id of something that is defined elsewhere.",
    "properties": {"id": {"type": "string"}},
    "required": ["id"],
    "additionalProperties": False,
}
_SUBSCHEMA = {"anyOf": [{"type": "boolean"}, _ref("directive"), _ref("schema")]}
_JSON_SCHEMA: dict[str, Json] = {
    "type": "object",
    "description": "A JSON Schema.",
    "properties": {
        "id": {"type": "string"},
        "type": {"anyOf": [{"enum": list(_TYPES)}, {"type": "array", "items": {"enum": list(_TYPES)}}]},
        "properties": {"type": "object", "additionalProperties": _SUBSCHEMA},
        "items": {"anyOf": [_SUBSCHEMA, {"type": "array", "items": _SUBSCHEMA}]},
        "required": {"type": "array", "items": {"type": "string"}},
        "enum": {"type": "array"},
    },
}
