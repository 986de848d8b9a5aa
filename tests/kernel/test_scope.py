"""What a template sees from where it stands, all of it at once too."""

from __future__ import annotations

import pytest

from statewright.kernel.scope import SCOPE_NAMES
from tests.kernel.driving import Driven

WORKFLOW = """
name: seen
tasks:
  - {id: before, with: {a: 1}}
  - {id: top, with: {seen: "{{ READ }}", text: "all: {{ READ }}"}}
  - id: each
    type: collection
    items: [1]
    task: {id: "one-{{ .index }}", with: {seen: "{{ READ }}", text: "all: {{ READ }}"}}
"""


@pytest.mark.parametrize("read", [".", *(f".{name}" for name in SCOPE_NAMES), ".parent.parent"])
def test_everything_that_a_template_sees_can_be_kept_and_printed(read: str) -> None:
    assert Driven(WORKFLOW.replace("READ", read)).status() == "done"
