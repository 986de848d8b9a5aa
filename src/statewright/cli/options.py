"""The flags that commands share, and the settings that follow from them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from cyclopts import Parameter

from statewright.cli.terminal import emit
from statewright.settings.configuration import unknown_variables
from statewright.settings.place import Settings, read_settings

_OUTPUT = Parameter(name=("--output", "-o"), show_default=True)
# How a run that is followed is shown, and how everything else is.
Shown = Annotated[Literal["tree", "json", "jsonl"], _OUTPUT]
Listed = Annotated[Literal["table", "json", "jsonl"], _OUTPUT]
Told = Annotated[Literal["text", "json"], _OUTPUT]
Reported = Annotated[Literal["text", "json", "sarif", "github"], _OUTPUT]
Flag = Annotated[bool, Parameter(negative="")]


def _said(_: object, value: str | None) -> None:
    if value == "":
        raise ValueError("must not be empty; a variable of your shell may be unset")


# What makes doing it twice the same as doing it once. An empty one would silently do it twice.
OnceKey = Annotated[str | None, Parameter(validator=_said)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the project and its data lie. A dataclass, because cyclopts makes flags of one."""

    cwd: str | None = None
    """The project's folder, instead of the current one."""
    data: str | None = None
    """The data folder, instead of .statewright in the project's."""
    config: Annotated[str | None, Parameter(name=("--config", "-c"))] = None
    """The project file, if it is not statewright.yaml or compozy.yaml."""
    env_file: str | None = None
    """The file with environment variables, instead of .env."""

    def settings(self) -> Settings:
        """Returns the settings of these flags over the environment."""
        _warn_of_variables()
        return read_settings(os.environ, **vars(self))


@cache
def _warn_of_variables() -> None:
    """A variable that was meant to change something and does not would never be noticed; once is enough."""
    for found in unknown_variables(os.environ):
        emit(f"warning: {found.message}; {found.hint}", "stderr")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Performing(Place):
    """How the world answers, besides where things lie."""

    simulate: Flag = False
    """Let every model answer simulated, without key or account."""
    operator: str | None = None
    """The operator's file: host mappings, modules."""


# What a command takes where no flag was given: the current folder, and the environment.
HERE = Place()
AS_SET = Performing()
