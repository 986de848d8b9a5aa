"""The seed's second workflow: a message is checked, classified, and goes to a specialist or gets the general answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.examples import journal
from tests.examples.command import copied, ran

GENERAL = "Thank you for contacting us. Your inquiry has been received and will be processed by our team."
# Simulated models are mostly sure of themselves, whatever the seed.
SEEDS_MAX = 20


def _asked(folder: Path, message: str, seed: int) -> tuple[Any, Any]:
    input = {"message": message, "customer_id": "C-7", "priority": "high"}
    result = ran(folder, "customer-support", input, "--simulate", "--seed", f"{seed:02x}")
    assert result["status"] == "done"
    (said,) = journal.objects(folder, result["run"], "category")
    return result["output"], said


def test_a_technical_message_of_which_the_model_is_sure_goes_to_the_specialist(tmp_path: Path) -> None:
    folder = copied("customer-support", tmp_path)
    asked = (_asked(folder, "My router has a technical fault", seed) for seed in range(SEEDS_MAX))
    output, said = next(found for found in asked if found[1]["confidence"] > 0.8)
    assert said["category"] == "technical"
    # The specialist's answer is `{response}`; the workflow asks for `.message`, so its own default is printed.
    assert output["resolution"] == "General inquiry processed"
    assert output["metadata"]["category"] == "technical"


def test_any_other_message_gets_the_general_answer(tmp_path: Path) -> None:
    output, said = _asked(copied("customer-support", tmp_path), "My billing address has changed", 0)
    assert said["category"] == "billing"
    assert output["resolution"] == GENERAL
    assert output["metadata"]["category"] == "billing"
    assert output["metadata"]["confidence"] == said["confidence"]


@pytest.mark.parametrize(
    "input",
    [
        {"customer_id": "C-7"},
        {"customer_id": "C-7", "message": ""},
        {"customer_id": "C-7", "message": "hello", "priority": "soon"},
        {"customer_id": 7, "message": "hello"},
    ],
    ids=["no message", "an empty message", "a priority that is none", "an id of the wrong type"],
)
def test_bad_input_fails_the_validation_and_asks_nobody(tmp_path: Path, input: dict[str, object]) -> None:
    folder = copied("customer-support", tmp_path)
    result = ran(folder, "customer-support", input, "--simulate", code=1)
    assert result["status"] == "failed"
    assert result["error"]["code"] == "SCHEMA_VALIDATION"
    assert journal.answers(folder, result["run"]) == []
