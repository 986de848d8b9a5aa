"""`statewright init`: makes a project that runs at once, and asks for its details where that was wanted."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from statewright.cli.options import Flag, Told
from statewright.cli.scaffold import TEMPLATES, About, put, scaffolded
from statewright.cli.terminal import emit, paint, printable, to_json
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.language.diagnostics.diagnostic import did_you_mean

DEFAULT = "basic"
# What a folder's name holds that a project's cannot (workflows.md 2.1).
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
NAME_LENGTH_MAX = 63


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Said:
    """What the project says about itself. A dataclass, because cyclopts makes flags of one."""

    name: Annotated[str, Parameter(name=("--name", "-n"))] = ""
    """What it is called; the folder's name if not given."""
    description: str = ""
    """What it is for."""
    version: str = "0.1.0"
    """Its first version."""
    author: str = ""
    """Who wrote it."""
    author_url: str = ""
    """A page about the author."""


NOTHING_SAID = Said()


def init(
    path: str = ".",
    /,
    *,
    template: Annotated[str, Parameter(name=("--template", "-t"))] = DEFAULT,
    said: Said = NOTHING_SAID,
    docker: Flag = False,
    interactive: Annotated[bool, Parameter(name=("--interactive", "-i"), negative="")] = False,
    output: Told = "text",
) -> int:
    """Make a project that runs at once.

    Parameters
    ----------
    path
        A new or empty folder; the current one if not given.
    template
        basic: one agent, one task. support: a classifier, a router and a specialist. pipeline: a collection, tasks
        side by side, and a report. tools: a Python function and an HTTP service.
    docker
        Add a Dockerfile.
    interactive
        Ask for what was not given.
    """
    target = Path(path).absolute()
    about = About(**{**vars(said), "name": said.name or _name_of(target)})
    if interactive:
        template, about = _asked(template, about)
    if template not in TEMPLATES:
        hint = did_you_mean(template, TEMPLATES, listed="templates")
        raise StatewrightError("PROJECT_TEMPLATE_UNKNOWN", f"there is no template {template!r}", hint=hint)
    made = scaffolded(template, about, docker=docker)
    put(made, target)
    made_of = {"folder": str(target), "template": template, "files": list(made)}
    emit(to_json(made_of) if output == "json" else _text(path, list(made)))
    return EXIT_DONE


def _name_of(folder: Path) -> str:
    """Returns the folder's name as a project's: other characters become `-`, and a digit is not the first."""
    name = _UNFIT.sub("-", folder.name).strip("-")
    return (f"_{name}" if name[:1].isdigit() else name)[:NAME_LENGTH_MAX] or "project"


def _asked(template: str, about: About) -> tuple[str, About]:
    """Asks on stderr, so that stdout stays data; an empty answer takes what is offered."""
    if not (sys.stdin and sys.stdin.isatty()):
        hint = "leave -i out and give the flags: see statewright init --help"
        raise StatewrightError("TERMINAL_MISSING", "-i asks questions, and there is nobody to answer", hint=hint)
    known = ", ".join(f"{name}: {shows}" for name, shows in TEMPLATES.items())
    emit(f"templates: {known}", "stderr")
    template = _answer("template", template)
    fields = ("name", "description", "version", "author")
    return template, msgspec.structs.replace(
        about, **{field: _answer(field, getattr(about, field)) for field in fields}
    )


def _answer(question: str, offered: str) -> str:
    print(f"{question}{f' [{printable(offered)}]' if offered else ''}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or offered


def _text(path: str, made: list[str]) -> str:
    """Returns what was made and what to type next."""
    lines = [f"{paint('created', 'green', 'stdout')}  {printable(path)}", *(f"  {name}" for name in made)]
    go = "" if path in ("", ".") else f"cd {printable(shlex.quote(path))} && "
    return "\n".join([*lines, "", f"next: {go}statewright run --simulate"])
