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
    if not isinstance(text, str):
        return ""
    if "{%" in text or ("}}" in text and "{" not in text):
        _warn_of_other_signs(at, reader)
    return (parsed(at, reader) or text) if has_template(text) else text


def parsed(at: At, reader: Reader) -> Template | None:
    """Returns the compiled template of a text, with or without `{{`; None where it cannot be read."""
    known = reader.parsed.get(at.value)
    if known is not None:
        reader.templates.append((at, known))
        return known
    try:
        template = reader.parsed[at.value] = parse_template(at.value)
    except TemplateSyntaxError as error:
        found = Diagnostic(code=error.code, message=error.message, hint=error.hint, fix=error.fix)
        reader.problems.within(found, at, error.start, error.end)
        return None
    reader.templates.append((at, template))
    return template


def _warn_of_other_signs(at: At, reader: Reader) -> None:
    """Text is text, so it stays (workflows.md 0.4); but whoever writes this means a template (B-053)."""
    sign = "{%" if "{%" in at.value else "}}"
    message = f"{sign} begins nothing here and is printed as it is"
    hint = "write {{ if … }}, {{ range … }} and {{ end }}" if sign == "{%" else "an action begins with {{"
    found = Diagnostic(code="EXPR_SYNTAX", message=message, hint=hint, severity="warning")
    start = at.value.index(sign)
    reader.problems.within(found, at, start, start + len(sign))


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
