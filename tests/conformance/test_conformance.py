"""Every case of the corpus, on every host and store: the same end, and the same journal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.kernel.state import State
from tests.conformance import corpus, golden
from tests.conformance.hosts import HOSTS, Ran

# Where the order of events depends on the host, a case names the hosts that it is about.
CASES = [(name, host) for name in corpus.names() for host in corpus.case(name).hosts]


@pytest.mark.parametrize(("name", "host"), CASES)
def test_the_case_ends_as_its_story_says(name: str, host: str, tmp_path: Path) -> None:
    case = corpus.case(name)
    if case.expect.start:
        with pytest.raises(StatewrightError) as refused:
            HOSTS[host](case, tmp_path)
        assert refused.value.code == case.expect.start
        return
    ran = HOSTS[host](case, tmp_path)
    _compare(case.expect, ran)
    kept, found = golden.read(name), golden.of(ran.records, ran.beside)
    if host == "simulated":
        assert found == kept, f"regenerate with: {golden.COMMAND}"
    assert found.events == kept.events, f"regenerate with: {golden.COMMAND}"
    assert {run: one.events for run, one in found.runs.items()} == {run: one.events for run, one in kept.runs.items()}


def _compare(expect: corpus.Expected, ran: Ran) -> None:
    state = ran.state
    _ended(expect, state)
    assert set(ran.beside) == set(expect.runs), "the runs beside it are others"
    for run, ending in expect.runs.items():
        _ended(ending, ran.beside[run][0])
    if expect.tasks is not None:
        assert {path: status for path, status in corpus.tasks(state).items() if path in expect.tasks} == expect.tasks
    if expect.calls is not None:
        assert len(ran.calls) == expect.calls
    if expect.asked is not None:
        assert [call.request["input"] for call in ran.calls] == expect.asked
    if expect.usage is not None:
        assert state.usage == expect.usage
    assert state.simulated == expect.simulated


def _ended(expect: corpus.Expected | corpus.Ending, state: State) -> None:
    code = state.error.code if state.error is not None else ""
    assert (state.status, code) == (expect.status, expect.error), state.error
    if expect.output is not msgspec.UNSET:
        # Compared as text, so that the order of keys counts.
        assert msgspec.json.encode(state.output) == msgspec.json.encode(expect.output)
