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
_ABOUT_INIT = """Make a project that runs at once.

`statewright init my-project --template support`
"""
_ABOUT_FORK = """Make a new run of another one's beginning, with something changed or done anew.

`statewright fork last --from answer --set classify.category=billing --run`
"""
_ABOUT_RUNS = "Look at runs, and tell them something."
_EPILOGUE = "Everywhere: --no-color, --version. What the exit codes mean: statewright help exit-codes"

_COMMANDS = {
    "run": ("statewright.cli.run:run", _ABOUT_RUN),
    "check": ("statewright.cli.check:check", "Tell everything that is wrong with a project."),
    "estimate": ("statewright.cli.estimate:estimate", "Tell how often a run can ask a model at most."),
    "replay": ("statewright.cli.replay:replay", "Decide a run's journal again, offline, and compare."),
    "fork": ("statewright.cli.fork:fork", _ABOUT_FORK),
    "diff": ("statewright.cli.diff:diff", "Tell where two runs part, and what that changed."),
    "report": ("statewright.cli.report:report", "Write a run as one HTML file."),
    "init": ("statewright.cli.init:init", _ABOUT_INIT),
    "schema": ("statewright.cli.schema:schema", "Print the JSON Schema of what a project may say."),
    "explain": ("statewright.cli.explain:explain", "Explain a code that an error or a warning shows."),
    "doctor": ("statewright.cli.doctor:doctor", "Look at the machine, the data folder and the project."),
    "completion": ("statewright.cli.completion:completion", "Print what a shell needs to complete commands."),
    "export": ("statewright.cli.export:export", "Write runs as JSON Lines."),
    "import": ("statewright.cli.import_:import_", "Take in exported runs."),
    "backup": ("statewright.cli.backup:backup", "Copy the data folder into one file, while runs go on."),
    "restore": ("statewright.cli.restore:restore", "Make a data folder of a backup."),
    "help": ("statewright.cli.help:help_on", "Explain a topic."),
}
_RUNS = {
    "list": ("statewright.cli.runs.list:list_runs", "List runs, the newest first."),
    "show": ("statewright.cli.runs.show:show", "Show a run: its tasks, output and error."),
    "events": ("statewright.cli.runs.events:events", "List a run's events."),
    "logs": ("statewright.cli.runs.logs:logs", "Tell what a run does, as it happens."),
    "signal": ("statewright.cli.runs.signal:signal", "Send a run a signal, and go on with it."),
    "resume": ("statewright.cli.runs.resume:resume", "Take runs up again that were left or paused."),
    "pause": ("statewright.cli.runs.pause:pause", "Let nothing new of a run leave."),
    "cancel": ("statewright.cli.runs.cancel:cancel", "End a run in an orderly way, undoing what it did."),
    "terminate": ("statewright.cli.runs.terminate:terminate", "End a run at once, undoing nothing."),
    "resolve": ("statewright.cli.runs.resolve:resolve", "Say whether a call in doubt happened."),
    "prune": ("statewright.cli.runs.prune:prune", "Forget runs that have ended."),
}
_TEMPLATE = {
    "eval": ("statewright.cli.template.evaluate:evaluate", "Render a template with data of your own."),
}
_CONFIG = {
    "show": ("statewright.cli.config.show:show", "Show every setting, and where it comes from."),
    "validate": ("statewright.cli.config.validate:validate", "Tell everything that is wrong with the configuration."),
    "diagnostics": ("statewright.cli.config.diagnostics:diagnostics", "Tell what the configuration is read from."),
}
# Commands that stand under a word: what they are about, and each of them.
_BRANCHES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "runs": (_ABOUT_RUNS, _RUNS),
    "template": ("Try out templates.", _TEMPLATE),
    "config": ("Look at the configuration.", _CONFIG),
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
    if not arguments or (len(arguments) == 1 and arguments[0] in _BRANCHES):
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
    _add(tree, _COMMANDS)
    for word, (about, commands) in _BRANCHES.items():
        # Below `run`, which comes first.
        branch = App(name=word, help=about, sort_key=1)
        _add(branch, commands)
        tree.command(branch)
    return tree


def _add(branch: App, commands: dict[str, tuple[str, str]]) -> None:
    for order, (name, (path, about)) in enumerate(commands.items()):
        branch.command(path, name=name, help=about, sort_key=order)


def _problem(error: exceptions.CycloptsError) -> StatewrightError:
    if isinstance(error, exceptions.UnknownCommandError):
        return _unknown(error)
    code = next((code for kind, code in _PROBLEMS if isinstance(error, kind)), "USAGE")
    # The parser's own sentences: the first says what is wrong, the others advise.
    message, _, advice = str(error).partition(". ")
    command = " ".join(["statewright", *(error.command_chain or ()), "--help"])
    if isinstance(error, exceptions.UnusedCliTokensError):
        # Its own sentence shows a Python list.
        words = ", ".join(repr(word) for word in error.unused_tokens or ())
        message, advice = f"nothing takes the argument {words}", ""
    hint = _begun_small(advice.rstrip(".")) or f"see: {command}"
    return StatewrightError(code, _begun_small(message.rstrip(".")), hint=hint, exit_code=EXIT_USAGE)


def _unknown(error: exceptions.UnknownCommandError) -> StatewrightError:
    # The parser would import every command to make its own suggestion.
    word = (error.unused_tokens or [""])[0]
    if word.startswith("-"):
        hint = "flags follow a command, as in: statewright run --simulate"
        return StatewrightError("FLAG_UNKNOWN", f"there is no flag {word!r} here", hint=hint, exit_code=EXIT_USAGE)
    above = next(iter(error.command_chain or ()), "")
    known = {name: name for name in (_BRANCHES[above][1] if above in _BRANCHES else {**_BRANCHES, **_COMMANDS})}
    if above not in _BRANCHES:
        # Whoever leaves out `runs` means it.
        inner = {name: f"{word} {name}" for word, (_, commands) in _BRANCHES.items() for name in commands}
        known = inner | known
    close = [repr(known[name]) for name in near(word, known)]
    hint = f"did you mean {' or '.join(close)}?" if close else f"commands: {', '.join(known.values())}"
    return StatewrightError("COMMAND_UNKNOWN", f"there is no command {word!r}", hint=hint, exit_code=EXIT_USAGE)


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
