"""The next command, as somebody can paste it: with the flags that said where things lie when this one was typed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

# What every command takes that looks at a folder, each flag with its short form.
PLACE = (("--cwd",), ("--data",), ("--config", "-c"), ("--env-file",))
# What those take as well that let a run go on.
OPERATOR = ("--operator",)
_GOES_ON = frozenset({"signal", "resume", "resolve", "cancel"})

# A process is one command; what it was given is the same wherever a hint is made.
_given: dict[str, str] = {}


def remember(flags: Mapping[str, str]) -> None:
    """Keeps the flags that this process was given, by their long forms; those that are empty were not given."""
    _given.clear()
    _given.update({flag: value for flag, value in flags.items() if value})


def command(*words: str) -> str:
    """Returns `statewright` with these words and the flags that mean the same place and the same operator."""
    wanted = (*PLACE, OPERATOR) if words[1] in _GOES_ON else PLACE
    flags = [part for long, *_ in wanted if long in _given for part in (long, _given[long])]
    return shlex.join(("statewright", *words, *flags))
