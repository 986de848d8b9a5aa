"""`statewright template eval`: renders one template from the command line, or many from stdin."""

from __future__ import annotations

from statewright.cli.inputs import read_whole
from statewright.cli.options import Flag, Told
from statewright.cli.template.lines import answer_lines
from statewright.cli.template.rendering import AS_GO, Rendering, rendered
from statewright.cli.terminal import emit, is_live, lines_of, to_json
from statewright.errors import EXIT_DONE, EXIT_INVALID_DEFINITION, EXIT_USAGE, StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic, render

HINT = "write: statewright template eval '{{ .name | upper }}' --context '{\"name\": \"x\"}'"


def evaluate(
    template: str | None = None,
    /,
    *,
    context: str = "{}",
    jsonl: Flag = False,
    output: Told = "text",
    how: Rendering = AS_GO,
) -> int:
    """Render a template with data of your own.

    Parameters
    ----------
    template
        Its text.
    context
        The data as JSON, as @file, or @- for stdin.
    jsonl
        Read lines {"id", "template", "context", "options"} from stdin, answer each with {"id", "output"} or
        {"id", "error"}.
    output
        json prints {"output": …}, with the value's own type in workflow mode.
    """
    if jsonl == (template is not None):
        message = "--jsonl takes templates from stdin alone" if jsonl else "no template was given"
        raise StatewrightError("ARGUMENT_MISSING", message, hint=HINT, exit_code=EXIT_USAGE)
    if template is None:
        answer_lines(how)
        return EXIT_DONE
    value = rendered(template, read_whole(context, "--context"), how, now_ms=how.now_ms(), seed=how.drawn_from())
    if isinstance(value, Diagnostic):
        return _told(value, template, as_json=output == "json")
    emit(to_json({"output": value}) if output == "json" else _shown(value))
    return EXIT_DONE


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else to_json(value)
    # Into a file or a pipe it goes as it is.
    return lines_of(text) if is_live("stdout") else text


def _told(problem: Diagnostic, template: str, *, as_json: bool) -> int:
    if as_json:
        told = {"code": problem.code, "message": problem.message, "hint": problem.hint}
        place = {"line": problem.line, "column": problem.column, "exit_code": EXIT_INVALID_DEFINITION}
        emit(to_json({**told, **place}), "stderr")
    else:
        emit(lines_of(render(problem, template)), "stderr")
    return EXIT_INVALID_DEFINITION
