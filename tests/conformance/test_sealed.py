"""Every case of the corpus is decided in a process that can touch nothing (I-23): only its arguments decide."""

from __future__ import annotations

from tests.conformance import corpus
from tests.house.sealed import run_sealed


def test_the_whole_corpus_is_decided_without_the_world() -> None:
    prepare = """
        from statewright.hosts.replay import fold
        from tests.conformance import corpus
        from tests.conformance.hosts import simulated
        cases = [corpus.case(name) for name in corpus.names() if not corpus.case(name).expect.start]
        ran = [(case, simulated(case)) for case in cases]
    """
    act = """
        folds = [fold(case.program, one.records, one.store.blob) for case, one in ran]
        answer = [len(folds), sum(folded.divergence is not None for folded in folds)]
    """
    starting = [name for name in corpus.names() if not corpus.case(name).expect.start]
    assert run_sealed(prepare, act) == [len(starting), 0]
