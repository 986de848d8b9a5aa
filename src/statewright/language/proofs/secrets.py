"""Proves that no secret reaches a prompt, an output or a task's data: kernel rule R8, before a run breaks it.

The sinks of a secret are a tool's `config` and `env` and a model's `api_key`; the templates there are none of these.
"""

from __future__ import annotations

from statewright.kernel.expressions.trace import ANY, Path
from statewright.kernel.program import ROOT
from statewright.kernel.values import Concat, Json, Secret
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.proofs.layout import name_of
from statewright.language.proofs.picture import Picture, Use
from statewright.language.proofs.shapes import OWN_INPUT

_HINT = "only a tool's `config` and `env`, and a model's `api_key`, may hold a secret; a plain value goes under `env`"


def check_secrets(picture: Picture) -> None:
    """Complains about each template outside of a sink that reads a secret."""
    for use in picture.uses:
        for path in dict.fromkeys(read.path for read in picture.reads(use.template)):
            if _is_secret(path, use, picture):
                _tell(use, path, picture)


def variables_of(use: Use, picture: Picture) -> dict[str, Json]:
    """Returns the variables of a task's own; arrows are followed by its container, which has others."""
    if use.slot not in ("on_success", "on_error"):
        return use.node.env
    return picture.program.nodes[picture.parents.get(use.node.key, ROOT)].env


def _is_secret(path: Path, use: Use, picture: Picture) -> bool:
    if len(path) < 2 or path[1] == ANY or path[0] not in ("env", "secrets"):
        return False
    if path[0] == "secrets":
        return True
    own = variables_of(use, picture)
    return isinstance(own.get(path[1], picture.program.env.get(path[1])), Secret | Concat)


def _tell(use: Use, path: Path, picture: Picture) -> None:
    trail = [f".{path[0]}.{path[1]}", _shown(use), *_onwards(use, picture)]
    message = f"the secret {path[1]!r} would become part of {_place(use)}"
    witness = " > ".join(trail)
    picture.at_read(
        Diagnostic(code="SECRET_NOT_ALLOWED_HERE", message=message, hint=_HINT, witness=witness), use, path, 1
    )


def _shown(use: Use) -> str:
    return ".".join((name_of(use.node), use.slot, *use.keys))


def _place(use: Use) -> str:
    words = {"with": "a task's input", "outputs": "an output", "prompt": "a prompt", "instructions": "a prompt"}
    return words.get(use.slot, f"`{use.slot}`")


def _onwards(use: Use, picture: Picture) -> list[str]:
    """Returns who would read it next: a prompt of the same task, or another task."""
    if not use.keys:
        return []
    for other in picture.uses:
        for read in picture.reads(other.template):
            if _carries(use, other, read.path):
                return [_shown(other)]
    return []


def _carries(use: Use, other: Use, path: Path) -> bool:
    if use.slot == "with" and other.node is use.node and other.slot != "with":
        return path[0] in OWN_INPUT and path[1:2] == use.keys[:1]
    return use.slot == "outputs" and path[:4] == ("tasks", name_of(use.node), "output", use.keys[0])
