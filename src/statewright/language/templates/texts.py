"""Texts of a definition that may be templates: parsed once, with every mistake at its place inside the scalar."""

from __future__ import annotations

from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.marks import At, Map
from statewright.language.templates.compiling import has_template, parse_template
from statewright.language.templates.problems import TemplateSyntaxError
from statewright.language.yaml.reading import Reader


def template(at: At, reader: Reader) -> Template | str:
    """Returns the compiled template, or the text itself where nothing is to be rendered."""
    text = at.value
    if not isinstance(text, str) or not has_template(text):
        return text if isinstance(text, str) else ""
    return parsed(at, reader) or text


def parsed(at: At, reader: Reader) -> Template | None:
    """Returns the compiled template of a text, with or without `{{`; None where it cannot be read."""
    known = reader.parsed.get(at.value)
    if known is not None:
        reader.templates.append((at, known))
        return known
    try:
        template = reader.parsed[at.value] = parse_template(at.value)
    except TemplateSyntaxError as error:
        found = Diagnostic(code=error.code, message=error.message, hint=error.hint)
        reader.problems.within(found, at, error.start, error.end)
        return None
    reader.templates.append((at, template))
    return template


def tree(at: At, reader: Reader) -> Tree:
    """Returns a map, list or text whose texts are templates."""
    return Tree(_leaves(at, reader))


def merged_tree(layers: list[At], reader: Reader) -> Tree | None:
    """Returns maps as one tree, key by key, the later ones over the earlier; None where there is none."""
    merged: dict[str, Json] = {}
    for layer in layers:
        merged.update({key: _leaves(entry, reader) for key, entry in layer.entries()})
    return Tree(merged) if layers else None


def _leaves(at: At, reader: Reader) -> Json:
    if isinstance(at.value, Map):
        return {key: _leaves(entry, reader) for key, entry in at.entries()}
    if isinstance(at.value, list):
        return [_leaves(element, reader) for element in at.elements()]
    return template(at, reader) if isinstance(at.value, str) else at.value
