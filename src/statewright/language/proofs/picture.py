"""What every proof looks at: one program, what its author wrote, and each template with the place where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.expressions.trace import Path, Read
from statewright.kernel.program import Node, Program
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.marks import At
from statewright.language.proofs.layout import Layout, name_of
from statewright.language.proofs.spans import span_of
from statewright.language.yaml.reading import Reader

# What a basic task's component is made of; to its author they are the task's own words.
_COMPONENT = "component"


class Use(NamedTuple):
    """A template in use: by which task, as what (`with`, `prompt`, `outputs`, …), and under which keys."""

    node: Node
    slot: str
    keys: tuple[str, ...]
    template: Template


class Picture(Layout):
    """A program with its text. `at` is the workflow's own document."""

    def __init__(self, program: Program, at: At, reader: Reader) -> None:
        super().__init__(program)
        self.at = at
        self.reader = reader

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every template that a run renders, task by task."""
        return tuple(
            Use(node, slot, keys, template)
            for node in self.program.nodes.values()
            for slot, keys, template in _slots(node)
        )

    def reads(self, template: Template) -> tuple[Read, ...]:
        """Returns what a template reads; each template of a project is walked once."""
        known = self.reader.reads.get(template)
        if known is None:
            known = self.reader.reads[template] = template.reads
        return known

    def place(self, key: str) -> At:
        """Returns the text of a task."""
        written = self.reader.tasks.get(key)
        return self.at if written is None else written.at

    def entry(self, key: str, *names: str) -> At | None:
        """Returns the text of an entry of a task, however deep."""
        at: At | None = self.place(key)
        for name in names:
            at = _step(at, name) if at is not None else None
        return at

    def at_node(self, found: Diagnostic, node: Node) -> None:
        """Adds a problem with a task as a whole."""
        at = self.entry(node.key, "id")
        if at is not None and at.value == name_of(node):
            self.at_entry(found, at)
        else:
            self.reader.problems.at_place(found, node.place, len(name_of(node)))

    def at_entry(self, found: Diagnostic, at: At) -> None:
        """Adds a problem with a value."""
        if isinstance(at.value, str):
            self.reader.problems.within(found, at, 0, len(at.value))
        else:
            width = min(at.mark.end - at.mark.start, len(str(at.value)))
            placed = msgspec.structs.replace(found, path=at.path)
            self.reader.problems.at_place(placed, at.mark.place(), max(width, 1))

    def at_read(self, found: Diagnostic, use: Use, path: Path, index: int) -> None:
        """Adds a problem with the name at `index` of a path that a template reads."""
        at = self._text(use)
        if at.value != use.template.source:
            self.at_entry(found, at)
            return
        start, end = span_of(use.template.source, path, index)
        self.reader.problems.within(found, at, start, end)

    def _text(self, use: Use) -> At:
        """Returns where a template stands: in its task, or in the definition that its task uses."""
        exact = self.entry(use.node.key, use.slot, *use.keys)
        if exact is not None and exact.value == use.template.source:
            return exact
        places = self._places(use.node.key)
        return places.get(use.template) or _part(places, use.template) or self.place(use.node.key)

    def _places(self, key: str) -> dict[Template, At]:
        written = self.reader.tasks.get(key)
        templates = self.reader.templates
        own = templates if written is None else templates[written.first : written.end]
        return {template: at for at, template in reversed(own)}


def _slots(node: Node) -> Iterator[tuple[str, tuple[str, ...], Template]]:
    if isinstance(node.id, Template):
        yield "id", (), node.id
    yield from _inside("with", (), node.with_)
    component = getattr(node.fields, _COMPONENT, None)
    for record in (node.fields, component):
        if isinstance(record, msgspec.Struct):
            for name in record.__struct_fields__:
                yield from _inside(name, (), getattr(record, name))
    for name, arrow in (("on_success", node.on_success), ("on_error", node.on_error)):
        if arrow is not None:
            yield from _inside(name, ("with",), arrow.with_)
    yield from _inside("outputs", (), node.outputs)


def _inside(slot: str, keys: tuple[str, ...], value: Json) -> Iterator[tuple[str, tuple[str, ...], Template]]:
    if isinstance(value, Tree):
        if not value.constant:
            yield from _inside(slot, keys, value.value)
    elif isinstance(value, Template):
        yield slot, keys, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(slot, (*keys, str(key)), item)
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            # A use of a memory says its key with a template.
            inner = getattr(item, "key", item)
            yield from _inside(slot, (*keys, str(at)), inner)


def _part(places: dict[Template, At], template: Template) -> At | None:
    """A task's own prompt is joined to its action's: the texts are parts of the template."""
    return next((at for at in places.values() if at.value in template.source), None)


def _step(at: At, name: str) -> At | None:
    if isinstance(at.value, list):
        elements = list(at.elements())
        return elements[int(name)] if name.isdecimal() and int(name) < len(elements) else None
    return at.get(name)
