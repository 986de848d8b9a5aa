"""`statewright config diagnostics`: what the configuration is read from, which source wins, and what is odd."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping

import statewright
from statewright.api.checking import Configured, allowed_names
from statewright.cli.config.reading import Sets, configured_at, exit_code_of, facts, settings_at
from statewright.cli.findings import findings
from statewright.cli.options import HERE, Flag, Place, Told
from statewright.cli.problems import diagnostic_json
from statewright.cli.terminal import emit, printable, several, to_json
from statewright.kernel.values import Json
from statewright.settings.place import Settings
from statewright.settings.registry import BY_VARIABLE
from statewright.settings.resolving import ENV_FIRST, YAML_FIRST

_CALLED = {"flag": "flags", "file": "project file", "variable": "variables", "env_file": ".env file"}


def diagnostics(*, verbose: Flag = False, output: Told = "text", set: Sets = None, place: Place = HERE) -> int:
    """Tell what the configuration is read from. Values are not shown, and of variables only the names.

    Parameters
    ----------
    set
        Try a value out, as in `--set server.port=3000`; it wins over everything else.
    verbose
        Tell also every setting that was given, and the names that templates may use as `.env`.
    """
    settings, found = settings_at(place), configured_at(place, set)
    told = _told(settings, found)
    if verbose:
        told["given"] = {
            path: facts(one) for path, one in found.configuration.settings.items() if one.origin.kind != "default"
        }
        told["env names"] = sorted(allowed_names(settings))
    if output == "json":
        emit(to_json({**told, "diagnostics": [diagnostic_json(one) for one in found.diagnostics]}, pretty=True))
    else:
        emit("\n".join(_lines(told)))
        emit(f"\n{findings(found)}" if found.diagnostics else "\nnothing is odd")
    return exit_code_of(found)


def _told(settings: Settings, found: Configured) -> dict[str, Json]:
    order = ENV_FIRST if found.configuration.env_first else YAML_FIRST
    kinds = [setting.origin.kind for setting in found.configuration.settings.values()]
    return {
        "statewright": statewright.__version__,
        "python": platform.python_version(),
        "folder": str(settings.folder),
        "project file": str(found.file) if found.file else "none",
        ".env file": _env_file(settings, found),
        "data folder": str(settings.data),
        "operator file": str(settings.operator) if settings.operator else "none",
        "precedence": " > ".join([*map(_CALLED.__getitem__, order), "defaults"]),
        "settings": ", ".join(f"{kinds.count(kind)} from {_CALLED[kind]}" for kind in order if kind in kinds)
        or "all by default",
        "variables": sorted(_set(os.environ)),
    }


def _env_file(settings: Settings, found: Configured) -> str:
    if not found.dotenv.found:
        return f"{settings.env_file} (not there)"
    return f"{settings.env_file} ({several(len(found.dotenv.values), 'variable')})"


def _set(environ: Mapping[str, str]) -> list[str]:
    return [name for name in environ if name in BY_VARIABLE and environ[name]]


def _lines(told: dict[str, Json]) -> list[str]:
    width = max(map(len, told))
    lines = []
    for name, value in told.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {path} from {printable(one['origin'])}" for path, one in value.items())]
        else:
            text = ", ".join(value) or "none" if isinstance(value, list) else value
            lines.append(f"{name:<{width}}  {printable(text)}")
    return lines
