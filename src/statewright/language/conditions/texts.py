"""Conditions of a definition: a text with `{{ }}` is a template, any other a bare condition. Mistakes get a place."""

from __future__ import annotations

from statewright.kernel.expressions.template import Template
from statewright.language.conditions.compiling import parse_condition
from statewright.language.conditions.mixed import check_mixed
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.marks import At
from statewright.language.templates.compiling import has_template
from statewright.language.templates.problems import TemplateSyntaxError
from statewright.language.templates.texts import parsed
from statewright.language.yaml.reading import Reader


def parsed_condition(at: At, reader: Reader, *, decides: bool = True) -> Template | None:
    """Returns the compiled condition of a text; None where it cannot be read.

    One that `decides` must come to true or false; a router's comes to the key of a route.
    """
    try:
        if has_template(at.value):
            check_mixed(at.value)
            return parsed(at, reader)
        condition = parse_condition(at.value, decides=decides)
    except TemplateSyntaxError as error:
        found = Diagnostic(code=error.code, message=error.message, hint=error.hint, fix=error.fix)
        reader.problems.within(found, at, error.start, error.end)
        return None
    reader.templates.append((at, condition))
    return condition
