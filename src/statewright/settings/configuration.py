"""The whole configuration: every key of the registry, resolved, and all that is wrong with what was said about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from statewright.errors import EXIT_NOT_FOUND, StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic, did_you_mean
from statewright.settings.keys.key import PREFIX
from statewright.settings.registry import BY_VARIABLE, KEYS
from statewright.settings.resolving import Given, Setting, Sources, resolve


class Configuration(msgspec.Struct, frozen=True):
    """Every key by its path. With `env_first`, variables win over the project file."""

    settings: dict[str, Setting]
    diagnostics: tuple[Diagnostic, ...]
    env_first: bool = False

    def value(self, path: str) -> Json:
        """Returns the value of a key."""
        return self.settings[path].value

    def below(self, prefix: str) -> list[Setting]:
        """Returns the settings whose paths begin with these words; raises `KEY_UNKNOWN` where none does."""
        found = [one for path, one in self.settings.items() if not prefix or f"{path}.".startswith(f"{prefix}.")]
        if not found:
            names = [*dict.fromkeys(path.partition(".")[0] for path in self.settings), *self.settings]
            hint = did_you_mean(prefix, names) or "see all of them with: statewright config show"
            message = f"there is no setting {prefix!r}"
            raise StatewrightError("KEY_UNKNOWN", message, hint=hint, exit_code=EXIT_NOT_FOUND)
        return found


def read_configuration(sources: Sources) -> Configuration:
    """Returns what the sources say together."""
    settings, problems = resolve(KEYS, sources)
    shadowed = _shadowed(settings.values())
    diagnostics = (*sources.written.diagnostics, *problems, *shadowed, *unknown_variables(sources.environ))
    return Configuration(settings, diagnostics, sources.written.env_first)


def unknown_variables(environ: Mapping[str, str]) -> list[Diagnostic]:
    """Returns a warning for every variable that is called as ours are and sets nothing (B-156)."""
    known = [name for name in BY_VARIABLE if name.startswith(PREFIX)]
    return [
        Diagnostic(
            code="SETTING_UNKNOWN",
            severity="warning",
            message=f"${name} sets nothing",
            hint=did_you_mean(name, known) or "the variables are listed in docs/reference/configuration.md",
        )
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in BY_VARIABLE
    ]


def _shadowed(settings: Iterable[Setting]) -> list[Diagnostic]:
    """Says once for each key which value its author may believe to count, and which does instead."""
    found = []
    for setting in settings:
        first, *others = setting.given
        other = next((one for one in others if _surprises(first, one)), None)
        if other is not None:
            message = f"{other.origin.place} does not count: {first.origin.place} sets {setting.key.path!r} and wins"
            hint = f"leave one of them out; see: statewright config show --origin {setting.key.path}"
            found.append(
                Diagnostic(
                    code="CONFIG_SHADOWED", severity="warning", message=message, path=setting.key.path, hint=hint
                )
            )
    return found


def _surprises(first: Given, other: Given) -> bool:
    """A flag is typed on purpose, and a variable over the `.env` file is set on purpose."""
    by_file = first.origin.kind == "file" and other.origin.kind in ("variable", "env_file")
    return first.value != other.value and (by_file or first.origin.kind == other.origin.kind)
