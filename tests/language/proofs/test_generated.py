"""Each proof, on twenty generated workflows that are sound and twenty with one defect: found at its place, and real."""

from __future__ import annotations

import pytest

from statewright.language.diagnostics.diagnostic import Diagnostic
from tests.language.loading import load_text, rendered
from tests.language.proofs import sites
from tests.language.proofs.programs import made
from tests.language.proofs.ways import is_real

SEEDS = range(20)
# What is planted, and the code that finds it; `True` where a way through the tasks shows it.
PROOFS = {
    "a task that nothing leads to": (sites.unreachable, "TASK_UNREACHABLE", True),
    "an output that cannot be there": (sites.never_available, "REF_NEVER_AVAILABLE", True),
    "an output that a route skips": (sites.not_always_available, "REF_NOT_ALWAYS_AVAILABLE", True),
    "an output of a task that may have failed": (sites.handled_failure, "REF_NEVER_AVAILABLE", True),
    "an output of a neighbour that runs at the same time": (sites.concurrent, "REF_CONCURRENT", False),
    "a value of an enum without a route": (sites.falls_through, "ROUTE_FALLS_THROUGH", True),
    "an answer of yes or no without a route for no": (sites.yes_without_no, "ROUTE_FALLS_THROUGH", True),
    "a route that no value leads to": (sites.dead_route, "ROUTE_UNREACHABLE", False),
    "a wait that nobody ends": (sites.waiting_for_nobody, "WAIT_WITHOUT_SOURCE", False),
    "a wait without an end": (sites.waiting_for_ever, "WAIT_UNBOUNDED", False),
    "a circle that only an impossible value leaves": (sites.circle, "TASK_CYCLE", True),
    "a value of the wrong type": (sites.wrong_type, "TYPE_FLOW", False),
    "an input that is missing": (sites.missing_input, "INPUT_MISSING", False),
    "a name that the schema does not have": (sites.unknown_property, "PROPERTY_UNKNOWN", False),
    "a secret in what is no sink": (sites.secret, "SECRET_NOT_ALLOWED_HERE", False),
    "a policy with a way around it": (sites.passes, "POLICY_VIOLATED", True),
    "a policy about what never follows": (sites.leads, "POLICY_VIOLATED", True),
    "a policy about what happens once": (sites.once, "POLICY_VIOLATED", True),
    "a collection that is too wide": (sites.too_wide, "FANOUT_LIMIT", False),
}
# Said of such a task in this release, whatever is right or wrong with it.
BESIDE = {"NOT_AVAILABLE"}


@pytest.mark.parametrize("proof", PROOFS)
def test_sound_programs_are_not_complained_about(proof: str) -> None:
    for seed in SEEDS:
        text = made(PROOFS[proof][0], seed, broken=False).text
        assert _found(text) == [], f"seed {seed}\n{text}\n{rendered(load_text(text))}"


@pytest.mark.parametrize("proof", PROOFS)
def test_a_planted_defect_is_found_at_its_place_with_a_real_witness(proof: str) -> None:
    site, code, has_witness = PROOFS[proof]
    for seed in SEEDS:
        program = made(site, seed, broken=True)
        found = [one for one in _found(program.text) if one.code == code]
        shown = f"seed {seed}\n{program.text}\n{rendered(load_text(program.text))}"
        assert [one.line for one in found] == [program.line], shown
        at = program.text.splitlines()[program.line - 1][found[0].column - 1 :]
        assert at.startswith(program.caret), shown
        assert not has_witness or is_real(program.text, found[0].witness), shown


@pytest.mark.parametrize("seed", SEEDS)
def test_a_false_witness_would_be_noticed(seed: int) -> None:
    text = made(sites.unreachable, seed, broken=True).text
    (found,) = [one for one in _found(text) if one.code == "TASK_UNREACHABLE"]
    names = found.witness.split(" > ")
    assert is_real(text, found.witness)
    assert not is_real(text, " > ".join(["start", *names[2:]]))
    assert not is_real(text, " > ".join([*names[:-1], names[1], "end"]))


def _found(text: str) -> list[Diagnostic]:
    return [found for found in load_text(text).diagnostics if found.code not in BESIDE]
