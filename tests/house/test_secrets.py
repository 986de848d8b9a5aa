"""Nothing of the machine it was written on stays in the project: no paths, no registries, no keys."""

from __future__ import annotations

import re

import pytest

from tests.house.sources import name_of, project_files, report, text_of

# In pieces, so that this file passes its own test.
FORBIDDEN = {
    "a home folder": re.compile(r"(?<![\w.])/(?:ro" r"ot|ho" r"me/\w+|Us" r"ers/\w+|wo" r"rk)/\w"),
    "a package mirror": re.compile(r"/opt/(?:py" r"pi|whe" r"els)|\bfile:///\S*sim" r"ple\b"),
    "a registry address": re.compile(r"--(?:extra-|default-)?in" r"dex(?:-url)?[ =]|https?://\S*/sim" r"ple\b"),
    "a private key": re.compile(r"-----BEGIN (?:\w+ )*PRIV" r"ATE KEY-----\n[A-Za-z0-9+/=]{40}"),
    "an access key": re.compile(r"\bAK" r"IA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "credentials in a link": re.compile(r"https?://[\w.-]+:[^\s@/$<{*]{8,}@"),
}
# A lock of one machine's installer; requirements/*.txt are the pins (docs/adr/0003).
FORBIDDEN_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", "pip.conf", "uv.toml", ".npmrc", ".pypirc", ".netrc"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    problems = [
        f"{name_of(path)}:{text_of(path).count(chr(10), 0, found.start()) + 1}: {what}: {found.group()!r}"
        for path in project_files()
        for found in FORBIDDEN[what].finditer(text_of(path))
    ]
    assert not problems, report(problems)


def test_no_file_belongs_to_one_machine() -> None:
    assert [name_of(path) for path in project_files() if path.name in FORBIDDEN_FILES] == []


def test_every_pin_has_a_hash() -> None:
    for path in project_files():
        if path.parent.name == "requirements" and path.suffix == ".txt":
            pins = re.findall(r"^[a-z0-9][^=\n]*==[^\\\n]*(\\?)$", text_of(path), re.MULTILINE)
            assert pins, name_of(path)
            assert all(pins), f"{name_of(path)}: a pin without a hash; run make pins"
