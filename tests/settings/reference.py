"""Writes docs/reference/configuration.md from the registry: `python -m tests.settings.reference`."""

from __future__ import annotations

import json

from statewright.settings.keys.key import Key
from statewright.settings.registry import KEYS
from statewright.settings.values import expected, shown
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "configuration.md"
_HEAD = """\
# Configuration

Every setting, in the order of `statewright config show`. This page is made from the registry in
[settings/keys](../../src/statewright/settings/keys/server.py); a test holds it equal.

A value comes from the first of these that says something:

1. a flag;
2. the project file, in blocks named as the setting is: `server: {port: 3000}` sets `server.port`;
3. a variable of the environment, the first one of those listed that is set;
4. the `.env` file beside the project file, under the same names;
5. the default.

With `config: {precedence: env-first}` in the project file, variables and the `.env` file come before the project
file. `statewright config show --origin` shows where each value comes from and what it hides; `statewright config
validate` tells everything that is wrong, and `statewright config diagnostics` what was read. `{{ .env.NAME }}` in a
block stands for a variable. Secrets are always written so, and shown as `[REDACTED]`. Lists in variables have commas
between their elements.

The project is the nearest folder with a `statewright.yaml` or `compozy.yaml`, from the current one up, unless `--cwd`
or `--config` says otherwise. Settings of parts that this release does not have are checked and kept; their flags
belong to commands that come with those parts. `statewright config show --set server.port=3000` tries any of them out.

## What templates see of the environment

The project file may name any variable as `{{ .env.NAME }}`. Every other file may name those that the project file
names, those that an `env` in force lists or sets, and those that stand in `.env` or, without a value, in
`.env.example`. Anything else is `ENV_NOT_DECLARED`. A variable of the process is stronger than one of `.env`.
"""
_TABLE = "| key | value | default | variables | flag | |\n| --- | --- | --- | --- | --- | --- |"


def reference() -> str:
    """Returns the page."""
    parts = [_HEAD]
    sections: dict[str, list[Key]] = {}
    for key in KEYS:
        sections.setdefault(_section(key), []).append(key)
    for section, keys in sections.items():
        rows = "\n".join(_row(key) for key in keys)
        parts.append(f"## {section}\n\n{_TABLE}\n{rows}\n")
    return "\n".join(parts)


def _section(key: Key) -> str:
    if key.here:
        return "Where things are (never in a project file)"
    return f"`{key.path.partition('.')[0]}`"


def _row(key: Key) -> str:
    default = "" if key.default is None else f"`{_plain(key)}`"
    variables = " ".join(f"`{name}`" for name in key.variables)
    also = "".join(f" Also `{place}`." for place in key.also)
    secret = " Secret." if key.secret else ""
    flag = f"`{key.flag}`" if key.flag else ""
    return f"| `{key.path}` | {expected(key.kind)} | {default} | {variables} | {flag} | {key.about}{secret}{also} |"


def _plain(key: Key) -> str:
    value = shown(key.default, key)
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
