"""`statewright completion`: what a shell needs to complete our commands and flags. It installs nothing."""

from __future__ import annotations

from typing import Literal

from statewright.cli.commands import command_tree
from statewright.cli.terminal import emit
from statewright.errors import EXIT_DONE

Shell = Literal["bash", "zsh", "fish"]


def completion(shell: Shell, /) -> int:
    """Print what a shell needs to complete commands.

    `statewright completion bash > ~/.local/share/bash-completion/completions/statewright`

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    emit(command_tree().generate_completion(prog_name="statewright", shell=shell))
    return EXIT_DONE
