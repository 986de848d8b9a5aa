"""`statewright estimate`: what a run of a workflow can cost at most, as far as it can be proven before it runs."""

from __future__ import annotations

from statewright.api.checking import load_project
from statewright.cli.findings import findings, has_errors
from statewright.cli.options import HERE, Place, Told
from statewright.cli.problems import ProjectInvalid
from statewright.cli.run import only
from statewright.cli.terminal import emit, printable, to_json
from statewright.errors import EXIT_DONE, EXIT_INVALID_DEFINITION, EXIT_NOT_FOUND, StatewrightError
from statewright.kernel.program import Program, Prompt
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.loader import Loaded
from statewright.language.proofs.bounds import Bound, model_calls

# What nobody can prove before a model has answered is said to be unknown.
_UNKNOWN = "unknown: no limit of tokens is set, and this release knows no prices"


def estimate(workflow: str = "", /, *, output: Told = "text", place: Place = HERE) -> int:
    """Tell how often a run can ask a model at most. Nothing is run.

    Parameters
    ----------
    workflow
        Its id; not needed where the project has only one.
    """
    loaded = _loaded(place)
    program = _program(loaded, workflow or only([*loaded.programs, *loaded.lacking]))
    bound = model_calls(program, loaded.programs)
    emit(to_json(_json(program, bound)) if output == "json" else _text(program, bound))
    return EXIT_DONE


def _loaded(place: Place) -> Loaded:
    loaded = load_project(place.settings())
    if has_errors(loaded):
        error = StatewrightError(
            "DEFINITION_INVALID",
            "a project with errors cannot be estimated",
            hint="see all of them with: statewright check",
            exit_code=EXIT_INVALID_DEFINITION,
        )
        raise ProjectInvalid(error, loaded.diagnostics, findings(loaded))
    return loaded


def _program(loaded: Loaded, workflow: str) -> Program:
    if workflow in loaded.programs:
        return loaded.programs[workflow]
    hint = did_you_mean(workflow, loaded.programs, listed="this project has")
    raise StatewrightError(
        "WORKFLOW_UNKNOWN", f"there is no workflow {workflow!r}", hint=hint, exit_code=EXIT_NOT_FOUND
    )


def _models(program: Program) -> list[str]:
    """Returns the models that the workflow's own tasks ask, in the order of the file."""
    asked = (getattr(node.fields, "component", None) for node in program.nodes.values())
    models = (f"{prompt.model.provider}/{prompt.model.model}" for prompt in asked if isinstance(prompt, Prompt))
    return list(dict.fromkeys(models))


def _json(program: Program, bound: Bound) -> Json:
    return {
        "workflow": program.id,
        "model_calls_max": bound.calls,
        "through": bound.through or None,
        "models": _models(program),
        "tokens_max": None,
        "cost_max": None,
        "unknown": {"tokens_max": _UNKNOWN, "cost_max": _UNKNOWN},
    }


def _text(program: Program, bound: Bound) -> str:
    lines = [printable(program.id), f"  calls   {printable(bound.shown())}"]
    lines += [f"  model   {printable(model)}" for model in _models(program)]
    return "\n".join([*lines, f"  tokens  {_UNKNOWN}", f"  cost    {_UNKNOWN}"])
