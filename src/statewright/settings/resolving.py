"""Resolves keys: the value that counts, where it comes from, and what else was said and does not count.

Flags win over the project file, that over variables, those over the `.env` file, that over defaults; a project file
with `config.precedence: env-first` lets variables win over itself. Nothing is raised: what is wrong is a diagnostic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.masking import masked
from statewright.settings.dotenv import DotEnv
from statewright.settings.keys.key import Key
from statewright.settings.values import Misfit, expected, value_of
from statewright.settings.written import Written

Kind = Literal["flag", "file", "variable", "env_file", "default"]
# Strongest first; `env-first` only moves the file.
YAML_FIRST: tuple[Kind, ...] = ("flag", "file", "variable", "env_file")
ENV_FIRST: tuple[Kind, ...] = ("flag", "variable", "env_file", "file")
# Enough to recognise what one has typed.
SHOWN_MAX = 40
Flags = Mapping[str, str | bool | None]


class Origin(msgspec.Struct, frozen=True):
    """What a value comes from, and where exactly: `--port`, `compozy.yaml:14`, `$SERVER_PORT`, `.env:3`, `default`."""

    kind: Kind
    place: str


class Given(msgspec.Struct, frozen=True):
    """A value, and where it comes from."""

    value: Json
    origin: Origin


class Setting(msgspec.Struct, frozen=True):
    """A key with the value that counts; `shadowed` are the others, strongest first."""

    key: Key
    value: Json
    origin: Origin
    shadowed: tuple[Given, ...] = ()

    @property
    def given(self) -> tuple[Given, ...]:
        """Everything that was said about the key, strongest first."""
        return (Given(self.value, self.origin), *self.shadowed)


class Sources(msgspec.Struct, frozen=True):
    """Everything that says something about the configuration. A flag that is None was not given.

    `sets` are what `--set` says, by path; it stands for a flag where a command has none of its own.
    """

    environ: Mapping[str, str]
    flags: Flags
    dotenv: DotEnv
    written: Written = Written()
    sets: Mapping[str, str] = {}


def resolve(keys: Iterable[Key], sources: Sources) -> tuple[dict[str, Setting], list[Diagnostic]]:
    """Returns the keys by their paths, and what is wrong with texts that are no values of theirs."""
    order = ENV_FIRST if sources.written.env_first else YAML_FIRST
    problems: list[Diagnostic] = []
    settings = {}
    for key in keys:
        given = [one for kind in order for one in _GIVEN[kind](key, sources, problems)]
        given = given or [Given(key.default, Origin("default", "default"))]
        settings[key.path] = Setting(key, given[0].value, given[0].origin, tuple(given[1:]))
    return settings, problems


def _flag(key: Key, sources: Sources, problems: list[Diagnostic]) -> Iterator[Given]:
    if key.path in sources.sets:
        yield from _read(sources.sets[key.path], key, Origin("flag", f"--set {key.path}"), problems)
    flag = sources.flags.get(key.path)
    # A switch that was not given says nothing.
    if flag is not None and flag is not False:
        yield from _read("true" if flag is True else flag, key, Origin("flag", key.flag), problems)


def _file(key: Key, sources: Sources, problems: list[Diagnostic]) -> Iterator[Given]:
    for place, value in sources.written.values.get(key.path, ()):
        yield Given(value, Origin("file", place))


def _variables(key: Key, sources: Sources, problems: list[Diagnostic]) -> Iterator[Given]:
    for name in key.variables:
        # An empty variable is one that is not set.
        if sources.environ.get(name):
            yield from _read(sources.environ[name], key, Origin("variable", f"${name}"), problems)


def _env_file(key: Key, sources: Sources, problems: list[Diagnostic]) -> Iterator[Given]:
    for name in () if key.local else key.variables:
        if sources.dotenv.values.get(name):
            origin = Origin("env_file", sources.dotenv.place(name))
            yield from _read(sources.dotenv.values[name], key, origin, problems)


_GIVEN: dict[Kind, Callable[[Key, Sources, list[Diagnostic]], Iterator[Given]]] = {
    "flag": _flag,
    "file": _file,
    "variable": _variables,
    "env_file": _env_file,
}


def _read(text: str, key: Key, origin: Origin, problems: list[Diagnostic]) -> Iterator[Given]:
    try:
        yield Given(value_of(text, key.kind), origin)
    except Misfit:
        # What may be secret is not shown, and what is long teaches nothing.
        said = "is not what it should be" if key.secret or key.address else f"is {masked(text)[:SHOWN_MAX]!r}"
        message = f"{origin.place} {said}, expected {expected(key.kind)}"
        hint = "correct it, or leave it out"
        problems.append(Diagnostic(code="SETTING_INVALID", message=message, path=key.path, hint=hint))
