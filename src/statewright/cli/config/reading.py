"""The configuration as the commands read it: their own flags are a source like any other."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from statewright.api.checking import Configured, configured
from statewright.cli.findings import findings
from statewright.cli.options import Place
from statewright.cli.terminal import emit
from statewright.errors import EXIT_DONE, EXIT_INVALID_DEFINITION, EXIT_USAGE, StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.settings.place import Settings, read_settings
from statewright.settings.registry import BY_PATH, KEYS
from statewright.settings.resolving import Setting
from statewright.settings.values import shown

_SET = Parameter(name="--set", negative="")
# What is tried out: `--set server.port=3000`, as often as one likes.
Sets = Annotated[list[str] | None, _SET]


def configured_at(place: Place, sets: list[str] | None) -> Configured:
    """Returns the configuration that a command with these flags would have."""
    return configured(settings_at(place), os.environ, vars(place), _by_path(sets or []))


def settings_at(place: Place) -> Settings:
    """Returns the settings without a word about variables: that stands in the diagnostics here."""
    return read_settings(os.environ, **vars(place))


def _by_path(sets: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in sets:
        path, separator, text = each.partition("=")
        if not separator:
            hint = "write the key and its value, as in --set server.port=3000"
            raise StatewrightError("ARGUMENT_INVALID", f"--set {path!r} has no value", hint=hint)
        if path not in BY_PATH or BY_PATH[path].here:
            known = [key.path for key in KEYS if not key.here]
            hint = did_you_mean(path, known) or "see all of them with: statewright config show"
            raise StatewrightError("KEY_UNKNOWN", f"there is no setting {path!r} that --set could set", hint=hint)
        if path in found:
            raise StatewrightError("FLAG_REPEATED", f"--set {path} is given twice", hint="leave one of them out")
        found[path] = text
    return found


def exit_code_of(found: Configured) -> int:
    """Returns 3 where the project file is wrong, 2 where a flag or a variable is (DESIGN 9)."""
    errors = [diagnostic for diagnostic in found.diagnostics if diagnostic.severity == "error"]
    if any(diagnostic.file for diagnostic in errors):
        return EXIT_INVALID_DEFINITION
    return EXIT_USAGE if errors else EXIT_DONE


def tell_problems(found: Configured) -> None:
    """Prints to stderr what is wrong, so that stdout holds the settings alone."""
    if found.diagnostics:
        emit(findings(found), "stderr")


def facts(setting: Setting) -> dict[str, Json]:
    """Returns a setting with its origins as data, secrets hidden."""
    return {
        "value": shown(setting.value, setting.key),
        "origin": setting.origin.place,
        "shadowed": [
            {"value": shown(given.value, setting.key), "origin": given.origin.place} for given in setting.shadowed
        ],
    }
