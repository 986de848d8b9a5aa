"""The front of this package: a text becomes a `Template`, a tree of texts becomes a `Tree`."""

from __future__ import annotations

from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.values import Json
from statewright.language.templates.lexer import OPEN, Mode
from statewright.language.templates.parser import parse
from statewright.language.templates.problems import TemplateSyntaxError

# Functions that the kernel supplies with every scope of a workflow.
KERNEL_FUNCTIONS = frozenset({"validateSchema"})
# A template is one value of a file, so it is no longer than a file may be (DESIGN 9).
TEMPLATE_LENGTH_MAX = 1024 * 1024


def has_template(text: str) -> bool:
    """Says whether a text has to be parsed at all."""
    return OPEN in text


def parse_template(
    text: str,
    *,
    mode: Mode = "workflow",
    functions: frozenset[str] = KERNEL_FUNCTIONS,
    missing_key: str = "default",
    reads_json: bool = False,
) -> Template:
    """Returns the template of a text; raises `TemplateSyntaxError`.

    `functions` are what the scope will supply. `missing_key` is Go's option of that name; `reads_json` turns rendered
    text that is a JSON list or map into that value, as the original engine does.
    """
    if len(text) > TEMPLATE_LENGTH_MAX:
        message = f"a template may have {TEMPLATE_LENGTH_MAX:,} characters"
        raise TemplateSyntaxError("EXPR_TOO_LONG", message, TEMPLATE_LENGTH_MAX, len(text), "split it")
    parsed = parse(text, mode, functions if mode == "workflow" else frozenset())
    return Template(
        source=text,
        body=parsed.body,
        templates=parsed.templates,
        sole=parsed.sole,
        go=mode == "go",
        missing_key=missing_key,
        reads_json=reads_json,
    )


def compile_tree(value: Json, *, functions: frozenset[str] = KERNEL_FUNCTIONS, strict_json: bool = False) -> Tree:
    """Returns the tree of a value whose texts may be templates; keys are not rendered.

    Raises `TemplateSyntaxError` with the `path` of the text (`a.b[2]`).
    """
    return Tree(_compiled(value, "", functions, strict_json))


def _compiled(value: Json, path: str, functions: frozenset[str], reads_json: bool) -> Json:
    if isinstance(value, dict):
        return {
            key: _compiled(item, f"{path}.{key}" if path else str(key), functions, reads_json)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_compiled(item, f"{path}[{index}]", functions, reads_json) for index, item in enumerate(value)]
    if not isinstance(value, str) or not has_template(value):
        return value
    try:
        return parse_template(value, functions=functions, reads_json=reads_json)
    except TemplateSyntaxError as error:
        error.path = path
        raise
