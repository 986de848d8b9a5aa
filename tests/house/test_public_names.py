"""The names that others write down: the root's exports, the commands, the licence. Changing one is a decision."""

from __future__ import annotations

import tomllib
from types import ModuleType

import statewright
from tests.house.sources import ROOT, functions_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# What `import statewright` offers beside its version. Grows by decision only.
EXPORTS = frozenset(
    {
        "DefinitionInvalid",
        "Project",
        "Run",
        "RunFailed",
        "StatewrightError",
        "Step",
        "Verdict",
        "check",
        "load",
        "open",
        "run",
        "sync",
    }
)


def test_the_root_exports_exactly_what_is_promised() -> None:
    assert set(getattr(statewright, "__all__", ())) == EXPORTS
    public = {
        name
        for name, value in vars(statewright).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }
    assert public <= EXPORTS
    assert all(getattr(statewright, name) is not None for name in EXPORTS)


def test_both_commands_are_one_program() -> None:
    assert PROJECT["scripts"] == {"statewright": "statewright.cli.main:main", "sw": "statewright.cli.main:main"}


def test_the_program_of_the_commands_takes_no_argument_that_must_be_given() -> None:
    path = ROOT / "src/statewright/cli/main.py"
    assert path.is_file(), "the commands start in statewright.cli.main"
    mains = [one for one in functions_of(path) if one.name == "main"]
    assert len(mains) == 1
    assert len(mains[0].args.args) <= len(mains[0].args.defaults)
    assert None not in mains[0].args.kw_defaults


def test_licence_and_oldest_python_are_what_the_readme_says() -> None:
    assert PROJECT["license"] == "MIT"
    assert PROJECT["requires-python"] == ">=3.11"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")


def test_the_version_is_written_once() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert statewright.__version__.count(".") == 2
