"""The front of this package: a text becomes a `Template`."""

from __future__ import annotations

from statewright.kernel.expressions.template import Template
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
