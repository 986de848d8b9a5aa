"""`statewright completion`: what a shell needs to complete our commands, flags and runs. It installs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from statewright.cli.commands import command_tree
from statewright.cli.following import execute, opened
from statewright.cli.options import HERE, Place
from statewright.cli.terminal import emit, printable
from statewright.errors import EXIT_DONE

Wanted = Literal["bash", "zsh", "fish", "runs"]
# As many as one screen shows beside each other; whoever looks for an older one types its beginning.
RUNS_OFFERED_MAX = 50
# Commands that take a run as their first word, and those that take two.
_ABOVE = ("replay", "fork", "report", "export", "diff")
_BELOW = ("show", "events", "logs", "signal", "resume", "pause", "cancel", "terminate", "resolve")
_TWICE = ("diff",)
# How the parser's program for zsh calls such a word.
_IDS = "its id, the beginning of it, or last."
_ASK = "statewright completion runs 2>/dev/null"


def completion(wanted: Wanted, /, *, place: Place = HERE) -> int:
    """Print what a shell needs to complete commands.

    `statewright completion bash > ~/.local/share/bash-completion/completions/statewright`

    Parameters
    ----------
    wanted
        bash, zsh or fish; with runs, the newest runs and how they stand, which is what those programs ask for.
    """
    if wanted == "runs":
        return execute(_runs(place))
    script = command_tree().generate_completion(prog_name="statewright", shell=wanted)
    emit(_WITH_RUNS[wanted](script))
    return EXIT_DONE


async def _runs(place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        rows = project.rows(limit=RUNS_OFFERED_MAX)
    for row in rows:
        emit(f"{row.run}\t{printable(row.workflow)} {row.status}")
    return EXIT_DONE


def _bash(script: str) -> str:
    first = "|".join([*(f'"{name}"' for name in _ABOVE), *(f'"runs {name}"' for name in _BELOW)])
    second = "|".join(f'"{name} "*' for name in _TWICE)
    return script.replace(
        "complete -F _statewright statewright",
        f"""\
_statewright_with_runs() {{
  _statewright
  local cur="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[*]:1:COMP_CWORD-1}}"
  [[ "$cur" == -* ]] && return
  case "$before" in
    {first}|{second})
      COMPREPLY=($(compgen -W "$({_ASK} | cut -f1)" -- "$cur"))
      ;;
  esac
}}

complete -F _statewright_with_runs statewright""",
    )


def _zsh(script: str) -> str:
    head, newline, rest = script.partition("\n")
    asking = f"""
_statewright_runs() {{
  local -a found
  found=(${{(f)"$({_ASK} | sed -e 's/:/\\\\:/g' -e 's/\\t/:/')"}})
  _describe -V run found
}}
"""
    for word in (f"I{_IDS[1:]}", rf"The other run\: {_IDS}", rf"A run\: {_IDS}", "Another run."):
        rest = rest.replace(f":{word}'", f":{word}:_statewright_runs'")
    return f"{head}{newline}{asking}{rest}"


def _fish(script: str) -> str:
    paths = [*_ABOVE, *(f"runs {name}" for name in _BELOW)]
    lines = [f"complete -c statewright -n '__fish_statewright_using_command {path}' -f -a '({_ASK})'" for path in paths]
    return "\n".join([script.rstrip("\n"), "", "# Runs, the newest first", *lines])


_WITH_RUNS: dict[str, Callable[[str], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
