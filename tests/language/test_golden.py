"""What `check` prints for broken files, word by word. `UPDATE_GOLDEN=1` writes the answers anew; read the diff then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.language.loading import load_text, rendered

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.yaml")))
def test_a_broken_file_is_explained_as_before(name: str) -> None:
    shown = rendered(load_text((GOLDEN / f"{name}.yaml").read_text("utf-8")))
    answer = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        answer.write_text(shown, "utf-8")
    assert shown == answer.read_text("utf-8")


def test_every_answer_has_its_question() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in GOLDEN.glob("*.yaml")}
