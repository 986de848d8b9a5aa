"""Statewright runs AI workflows and state machines deterministically: journaled, replayable, explainable.

    async with statewright.open("folder") as project:
        run = await project.start("hello", {"name": "Ada"})

`statewright.sync` is the same for programs that block. Nothing is imported before it is asked for.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from statewright import sync
    from statewright.api import Project, Run, RunFailed, Step, Verdict, check, load, open, run
    from statewright.errors import StatewrightError
    from statewright.project import DefinitionInvalid

__version__ = "0.1.0"
__all__ = [
    "DefinitionInvalid",
    "Project",
    "Run",
    "RunFailed",
    "StatewrightError",
    "Step",
    "Verdict",
    "check",
    "load",
    "open",
    "run",
    "sync",
]

_ELSEWHERE = {"StatewrightError": "statewright.errors", "DefinitionInvalid": "statewright.project"}


def __getattr__(name: str) -> object:
    """Imports what is asked for, so that the kernel's users and `statewright --version` pay for nothing else."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "sync":
        return importlib.import_module("statewright.sync")
    return getattr(importlib.import_module(_ELSEWHERE.get(name, "statewright.api")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
