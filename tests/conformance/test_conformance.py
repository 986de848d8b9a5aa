"""Every case of the corpus, on every host and store: the same end, and the same journal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from statewright.errors import StatewrightError
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
    kept = golden.read(name)
    assert golden.events(ran.records) == kept.events, f"regenerate with: {golden.COMMAND}"
    if host == "simulated":
        assert golden.digests(ran.records) == kept.digests, f"regenerate with: {golden.COMMAND}"


def _compare(expect: corpus.Expected, ran: Ran) -> None:
    state = ran.state
    code = state.error.code if state.error is not None else ""
    assert (state.status, code) == (expect.status, expect.error), state.error
    if expect.output is not msgspec.UNSET:
        # Compared as text, so that the order of keys counts.
        assert msgspec.json.encode(state.output) == msgspec.json.encode(expect.output)
    if expect.tasks is not None:
        assert {path: status for path, status in corpus.tasks(state).items() if path in expect.tasks} == expect.tasks
    if expect.calls is not None:
        assert len(ran.calls) == expect.calls
    if expect.usage is not None:
        assert state.usage == expect.usage
    assert state.simulated == expect.simulated
