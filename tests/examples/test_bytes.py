"""The seed's blocks stand in files of their own, byte for byte; what the examples need besides lies beside them."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.examples.command import EXAMPLES

DIGESTS: dict[str, str] = json.loads((EXAMPLES / "digests.json").read_text("utf-8"))


@pytest.mark.parametrize("name", DIGESTS)
def test_a_block_of_the_seed_is_untouched(name: str) -> None:
    assert hashlib.sha256((EXAMPLES / name).read_bytes()).hexdigest() == DIGESTS[name]


def test_every_example_explains_itself_in_a_page() -> None:
    for folder in (entry for entry in EXAMPLES.iterdir() if entry.is_dir() and entry.name != "__pycache__"):
        lines = (folder / "README.md").read_text("utf-8").splitlines()
        assert 10 <= len(lines) <= 25, folder.name
        assert any("statewright run" in line for line in lines), folder.name
