"""Reads a configuration from texts that stand in a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from statewright.language.yaml.source import read_source
from statewright.settings.configuration import Configuration, read_configuration
from statewright.settings.dotenv import DotEnv
from statewright.settings.resolving import Sources
from statewright.settings.written import Written, read_written


def read(
    text: str,
    environ: Mapping[str, str] | None = None,
    *,
    dotenv: dict[str, str] | None = None,
    sets: Mapping[str, str] | None = None,
) -> Configuration:
    """Returns the configuration of a project file, variables and a `.env` file with a variable in each line."""
    lines = {name: number for number, name in enumerate(dotenv or {}, 1)}
    env_file = DotEnv(Path(".env"), dotenv or {}, lines, dotenv is not None)
    variables = environ or {}
    document, found = read_source(text.encode(), "compozy.yaml") if text else (None, ())
    assert not found
    written = Written() if document is None else read_written(document, {**(dotenv or {}), **variables})
    return read_configuration(Sources(variables, {}, env_file, written, sets or {}))
