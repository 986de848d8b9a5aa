"""`statewright config validate`: everything that is wrong with the configuration, at once."""

from __future__ import annotations

from statewright.api.checking import Configured
from statewright.cli.config.reading import Sets, configured_at, exit_code_of
from statewright.cli.findings import counted, findings
from statewright.cli.options import HERE, Place, Told
from statewright.cli.problems import diagnostic_json
from statewright.cli.terminal import emit, paint, several, to_json
from statewright.errors import EXIT_DONE


def validate(*, output: Told = "text", set: Sets = None, place: Place = HERE) -> int:
    """Tell everything that is wrong with the configuration.

    It looks at flags, the project file's blocks, variables and the .env file; `statewright check` looks at the rest of
    the project.

    Parameters
    ----------
    set
        Try a value out, as in `--set server.port=3000`; it wins over everything else.
    """
    found = configured_at(place, set)
    code = exit_code_of(found)
    if output == "json":
        told = [diagnostic_json(diagnostic) for diagnostic in found.diagnostics]
        emit(to_json({"ok": code == EXIT_DONE, "diagnostics": told}))
    else:
        emit(_text(found, is_valid=code == EXIT_DONE))
    return code


def _text(found: Configured, *, is_valid: bool) -> str:
    parts = [findings(found)] if found.diagnostics else []
    if not is_valid:
        return "\n\n".join([*parts, paint(counted(found), "red", "stdout")])
    given = sum(setting.origin.kind != "default" for setting in found.configuration.settings.values())
    said = f"  {counted(found)}" if found.diagnostics else ""
    return "\n\n".join([*parts, f"{paint('ok', 'green', 'stdout')}  {several(given, 'setting')} given{said}"])
