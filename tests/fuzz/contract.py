"""What every input is owed, one function per door: an answer or our own errors. Anything else is a `Violation`.

Nothing here knows the fuzzer: tests hand in the inputs that it once found, and make up their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.template import Template
from statewright.kernel.values import Blob, Concat, Json, Secret, admit, encode
from statewright.language.diagnostics.diagnostic import render
from statewright.language.directives.selectors import PATH_LENGTH_MAX, SelectorSyntaxError, parse_selector
from statewright.language.loader import Loaded, load, load_definition
from statewright.language.paths import fits
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.lexer import Mode
from statewright.language.templates.problems import TemplateSyntaxError

PROJECT = "compozy.yaml"
# A line that begins so starts the next file of a project in one input.
FILE_MARK = "%% "
DATA: dict[str, Json] = {
    "a": {"b": [1, 2.5, "x", None, True], "c": "text of some length, with commas", "d": {"e": {}}},
    "items": [{"name": "Ada", "n": 3}, {"name": "Bob", "n": None}, {}],
    "name": "Ada Lovelace",
    "n": 42,
    "f": -2.5,
    "yes": True,
    "nothing": None,
    "key": Secret(name="KEY"),
    "large": Blob(digest="0" * 64, size=3),
    "mixed": ["a", 1, {"b": Secret(name="KEY")}],
    "workflow": {"id": "w", "input": {"city": "Bern", "tags": ["a", "b"]}},
    "tasks": {"one": {"output": {"text": "hi"}, "status": "success"}},
}


class Violation(AssertionError):
    """Raised where the contract is broken."""


def loads(data: bytes) -> None:
    """Any bytes as a project file: programs or errors, which render; a definition comes back as it went."""
    _loads({PROJECT: data})


def loads_files(data: bytes) -> None:
    """The same for projects of several files, which refer to each other; and every line is a path of a directive."""
    files = files_of(data.decode("utf-8", "replace"))
    for line in files.get(PROJECT, b"").decode("utf-8", "replace").split("\n")[:50]:
        selects(line.strip())
    _loads(files)


def renders(data: bytes) -> None:
    """Any text as a template, in both modes and each way of evaluating it."""
    text = data.decode("utf-8", "replace")
    for mode in MODES:
        renders_in(text, mode)


def renders_in(text: str, mode: Mode, data: Json = DATA) -> None:
    """Any text as a template of one mode."""
    try:
        template = parse_template(text, mode=mode)
        _demand(all(isinstance(path, tuple) for path in template.names), "a name is no path")
    except TemplateSyntaxError as error:
        _check_placed(error, text)
        return
    _evaluate(template, data)


def _evaluate(template: Template, data: Json) -> None:
    scope = Scope(data, 1_795_255_200_000, blob=lambda blob: [1, 2], budget=Budget(output_bytes=1_000_000))
    for evaluate in (template.evaluate, template.text, template.truth, template.required):
        try:
            value = evaluate(scope)
        except ExpressionError as error:
            _check_placed(error, template.source)
        else:
            _demand(isinstance(value, Concat) or b'"$ref"' in encode(value) or admit(value) == value, "not plain data")


def decides(data: bytes) -> None:
    """Any text as the condition of a router, with braces or without: read as the loader reads it, and evaluated."""
    text = data.decode("utf-8", "replace")
    router = {"id": "r", "type": "router", "condition": text, "routes": {"true": {"id": "b", "with": {"c": 1}}}}
    loaded = _loads({PROJECT: json.dumps({"name": "a", "tasks": [router]}).encode()})
    for program in loaded.programs.values():
        condition = program.nodes["r"].fields.condition
        if isinstance(condition, Template):
            _evaluate(condition, DATA)


def selects(path: str) -> None:
    """Any text as the path of a directive."""
    try:
        parse_selector(path[: PATH_LENGTH_MAX + 1])
    except SelectorSyntaxError as error:
        _demand(0 <= error.offset <= len(path), f"offset {error.offset} is outside of the path")


MODES: tuple[Mode, ...] = ("workflow", "go")
ATTEMPTS: Mapping[str, Callable[[bytes], None]] = {
    "condition": decides,
    "directives": loads_files,
    "template": renders,
    "yaml": loads,
}


def files_of(text: str) -> dict[str, bytes]:
    """Returns the files of one input: the text up to the first mark is the project file."""
    files: dict[str, list[str]] = {PROJECT: []}
    lines = files[PROJECT]
    for line in text.splitlines(keepends=True):
        if line.startswith(FILE_MARK):
            lines = files.setdefault(line.removeprefix(FILE_MARK).strip(), [])
        else:
            lines.append(line)
    return {path: "".join(lines).encode() for path, lines in files.items()}


def _loads(files: Mapping[str, bytes]) -> Loaded:
    loaded = load(files.get, lambda pattern: [path for path in files if fits(path, pattern)], PROJECT)
    failed = any(found.severity == "error" for found in loaded.diagnostics)
    _demand(not (failed and loaded.programs), "there are programs beside errors")
    _demand(bool(loaded.programs or loaded.diagnostics), "nothing is loaded, and nothing is said")
    _check_told(loaded)
    for id, definition in loaded.definitions.items():
        _demand(load_definition(definition).digest == loaded.programs[id].digest, "the definition is another one")
    return loaded


def _check_told(loaded: Loaded) -> None:
    for found in loaded.diagnostics:
        _demand(found.code.isupper() and bool(found.message), f"no code or message: {found}")
        _demand(bool(render(found, loaded.sources.get(found.file, ""))), f"not rendered: {found}")


def _check_placed(error: ExpressionError | TemplateSyntaxError, text: str) -> None:
    _demand(error.code.isupper() and bool(str(error)), f"no code or message: {error!r}")
    _demand(0 <= error.start <= error.end <= len(text), f"placed at {error.start}..{error.end} of {len(text)}")


def _demand(holds: bool, said: str) -> None:
    if not holds:
        raise Violation(said)
