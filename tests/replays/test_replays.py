"""Journals of every example that an earlier release wrote are decided again by this one, bit by bit (I-20, I-22)."""

from __future__ import annotations

import pytest

from tests.examples.command import EXAMPLES
from tests.replays import journals


@pytest.mark.parametrize("name", journals.names())
def test_a_kept_journal_replays_as_it_was_written(name: str) -> None:
    kept = journals.read(name)
    folded = kept.folded()
    assert folded.divergence is None, folded.divergence
    assert folded.records == len(kept.records)
    assert folded.prev == kept.records[-1].hash
    assert folded.state.ended


def test_every_example_has_one() -> None:
    examples = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert {example for example in examples if any(name.startswith(example) for name in journals.names())} == examples
