"""The tree of commands: names, where each lives, and how a wrong one is told.

A command's file is imported when it is called. Adding a command is its file and a line here.
"""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import App, Parameter, exceptions

from statewright.errors import EXIT_USAGE, StatewrightError
from statewright.language.diagnostics.diagnostic import near

_ABOUT = """Run AI workflows deterministically: journaled, replayable, explainable.

First steps: `statewright run -i name=Alice --simulate` in a folder with a statewright.yaml or compozy.yaml.
"""
_ABOUT_RUN = """Run a workflow and wait for its end.

`statewright run hello-world -i name=Alice --simulate`

`statewright run --input @order.json -o json`
"""
_ABOUT_RUNS = "Look at runs, and resume them."
_EPILOGUE = "Everywhere: --no-color, --version. What the exit codes mean: statewright help exit-codes"

_COMMANDS = {
    "run": ("statewright.cli.run:run", _ABOUT_RUN),
    "check": ("statewright.cli.check:check", "Tell everything that is wrong with a project."),
    "replay": ("statewright.cli.replay:replay", "Decide a run's journal again, offline, and compare."),
    "doctor": ("statewright.cli.doctor:doctor", "Look at the machine, the data folder and the project."),
    "help": ("statewright.cli.help:help_on", "Explain a topic."),
}
_RUNS = {
    "list": ("statewright.cli.runs.list:list_runs", "List runs, the newest first."),
    "show": ("statewright.cli.runs.show:show", "Show a run: its tasks, output and error."),
    "events": ("statewright.cli.runs.events:events", "List a run's events."),
    "resume": ("statewright.cli.runs.resume:resume", "Take runs up again that a stopped process left."),
}
# The parser's own kinds of complaint.
_PROBLEMS: tuple[tuple[type[exceptions.CycloptsError], str], ...] = (
    (exceptions.UnknownOptionError, "FLAG_UNKNOWN"),
    (exceptions.MissingArgumentError, "ARGUMENT_MISSING"),
    (exceptions.RepeatArgumentError, "FLAG_REPEATED"),
    (exceptions.CoercionError, "ARGUMENT_INVALID"),
    (exceptions.ValidationError, "ARGUMENT_INVALID"),
    (exceptions.UnusedCliTokensError, "ARGUMENT_UNKNOWN"),
)


def run_command(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name and returns its exit code; raises `StatewrightError`."""
    tree = command_tree()
    if not arguments or arguments == ["runs"]:
        tree.help_print(list(arguments), console=tree.error_console)
        hint = "name one of the commands above"
        raise StatewrightError("COMMAND_MISSING", "no command was given", hint=hint)
    try:
        code = tree(list(arguments))
    except exceptions.CycloptsError as error:
        raise _problem(error) from error
    # A page of help returns nothing.
    return code if isinstance(code, int) else 0


def command_tree() -> App:
    """Returns the tree; nothing of a command is imported yet."""
    tree = App(
        name="statewright",
        help=_ABOUT,
        help_epilogue=_EPILOGUE,
        version_flags=[],
        default_parameter=Parameter(show_default=False),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    runs = App(name="runs", help=_ABOUT_RUNS, sort_key=1)
    for branch, commands in ((tree, _COMMANDS), (runs, _RUNS)):
        for order, (name, (path, about)) in enumerate(commands.items()):
            branch.command(path, name=name, help=about, sort_key=order)
    tree.command(runs)
    return tree


def _problem(error: exceptions.CycloptsError) -> StatewrightError:
    if isinstance(error, exceptions.UnknownCommandError):
        return _unknown(error)
    code = next((code for kind, code in _PROBLEMS if isinstance(error, kind)), "USAGE")
    # The parser's own sentences: the first says what is wrong, the others advise.
    message, _, advice = str(error).partition(". ")
    command = " ".join(["statewright", *(error.command_chain or ()), "--help"])
    hint = _begun_small(advice.rstrip(".")) or f"see: {command}"
    return StatewrightError(code, _begun_small(message.rstrip(".")), hint=hint, exit_code=EXIT_USAGE)


def _unknown(error: exceptions.UnknownCommandError) -> StatewrightError:
    # The parser would import every command to make its own suggestion.
    word = (error.unused_tokens or [""])[0]
    if word.startswith("-"):
        hint = "flags follow a command, as in: statewright run --simulate"
        return StatewrightError("FLAG_UNKNOWN", f"there is no flag {word!r} here", hint=hint, exit_code=EXIT_USAGE)
    below_runs = list(error.command_chain or ())[:1] == ["runs"]
    # Whoever leaves out `runs` means it.
    names = {name: name if below_runs else f"runs {name}" for name in _RUNS}
    known = names if below_runs else {**names, "runs": "runs", **{name: name for name in _COMMANDS}}
    close = [repr(known[name]) for name in near(word, known)]
    hint = f"did you mean {' or '.join(close)}?" if close else f"commands: {', '.join(known.values())}"
    return StatewrightError("COMMAND_UNKNOWN", f"there is no command {word!r}", hint=hint, exit_code=EXIT_USAGE)


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
