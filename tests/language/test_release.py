"""Holds: a project says which releases can run it, and another release says so before anything else (B-049)."""

from __future__ import annotations

import pytest

import statewright
from statewright.language.loader import load_definition
from statewright.language.release import is_satisfied
from tests.language.loading import errors, load_text

PROJECT = 'name: p\nrequires: "{}"\ntasks: [{{id: a, type: basic, with: {{x: 1}}}}]\n'


@pytest.mark.parametrize(
    ("wanted", "running", "fits"),
    [
        (">=9", "0.1.0", False), (">=0.1", "0.1.0", True), ("<0.2, >=0.1", "0.1.9", True), ("==1.*", "1.9.3", True),
        ("==1.*", "2.0", False), ("!=1.*", "2.0", True), ("~=1.4", "1.9", True), ("~=1.4", "2.0", False),
        ("~=1.4.2", "1.4.9", True), ("~=1.4.2", "1.5", False), ("==1.0", "1.0.0", True), (">1", "1.0.0", False),
        ("<=v1.10", "1.9", True), (">=1.2", "1.2.0.dev3", True), ("!=1.0", "1.0", False),
        ("9", "9", None), (">=", "1", None), ("~=1", "1", None), (">=1.*", "1", None), ("", "1", None),
        (">=1,,<2", "1", None), (">=" + "9" * 5_000, "1", None),
    ],
)  # fmt: skip
def test_a_version_fits_its_specifiers(wanted: str, running: str, fits: bool | None) -> None:
    assert is_satisfied(wanted, running) is fits


def test_another_release_is_named_with_ours_and_nothing_else_is_said() -> None:
    loaded = load_text(PROJECT.format(">=9") + "from_the_future: 1\n")
    (found,) = loaded.diagnostics
    assert (found.code, found.line, found.column) == ("ENGINE_VERSION", 2, 11)
    assert ">=9" in found.message
    assert statewright.__version__ in found.message


def test_what_says_no_range_is_a_mistake() -> None:
    assert errors(load_text(PROJECT.format("latest"))) == ["FORMAT_INVALID"]


def test_a_run_that_was_started_goes_on_under_a_release_that_would_not_start_it() -> None:
    loaded = load_text(PROJECT.format(f"=={statewright.__version__}"))
    definition = loaded.definitions["p"].replace(f"=={statewright.__version__}".encode(), b"<0.0.1")
    assert load_definition(definition).id == "p"
