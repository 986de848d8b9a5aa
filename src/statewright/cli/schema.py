"""`statewright schema`: prints the JSON Schema that editors and other programs check a project's files with."""

from __future__ import annotations

from statewright.cli.options import Told
from statewright.cli.terminal import emit, plain_json
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.json_schema import entity_schema, project_schema

PROJECT = "project"
# What may stand in a file, besides the entities of the table.
_JSON_SCHEMA = "schema"


def schema(kind: str = PROJECT, /, *, output: Told = "text") -> int:
    """Print the JSON Schema of what a project may say.

    Parameters
    ----------
    kind
        project for every file of one, or a single thing: workflow, agent, tool, task …
    output
        text is indented, json is one line.
    """
    emit(plain_json(_schema(kind), pretty=output == "text"))
    return EXIT_DONE


def _schema(kind: str) -> Json:
    if kind == PROJECT:
        return project_schema()
    known = (*ENTITIES, _JSON_SCHEMA)
    if kind not in known:
        hint = did_you_mean(kind, known, listed="kinds")
        raise StatewrightError("KIND_UNKNOWN", f"there is no kind {kind!r}", hint=hint, exit_code=EXIT_NOT_FOUND)
    return entity_schema(kind)
