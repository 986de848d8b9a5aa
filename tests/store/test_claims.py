"""Idempotency keys of starts (R33): a key belongs to one run of a workflow, from its first commit to its last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from statewright.kernel import values
from statewright.kernel.events import Started
from statewright.store.claiming import claim_of, input_digest
from statewright.store.contract import Append, Claimed, IndexRow, KeyTaken, PositionTaken, Store
from statewright.store.exporting import export
from statewright.store.forgetting import Which
from statewright.store.importing import import_runs
from statewright.store.pruning import prune
from statewright.store.sqlite import SqliteStore
from tests.store.journals import PROGRAM, Journal, Owner, believed, open_store

KEY = ("acme", "greet", "k")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, owner: Owner) -> Iterator[Store]:
    opened = open_store(request.param, tmp_path / "data", owner)
    yield opened
    opened.close()


def start(run: str, *, input: str = "x", tenant: str = "acme", workflow: str = "greet", **index: object) -> Append:
    """Returns the first entry of a run that claims the key `k`."""
    started = Started(
        at=1_001, run=run, tenant=tenant, program=PROGRAM, logic=1, seed="00" * 16, input=input, key="k"
    )  # fmt: skip
    entry = Journal(run, tenant, workflow).next(started, **index)
    return msgspec.structs.replace(entry, claim=claim_of(started))


def test_a_key_is_kept_with_the_run_and_the_digest_of_its_input(store: Store, owner: Owner) -> None:
    assert store.claimed(*KEY) is None
    assert owner.write(store, start("a")) == [None]
    assert store.claimed(*KEY) == Claimed("a", input_digest("x"))


@pytest.mark.parametrize("together", [True, False])
def test_a_key_is_given_once_also_within_one_transaction(store: Store, owner: Owner, together: bool) -> None:
    entries = [start("a"), start("b", input="y"), start("c")]
    if together:
        outcomes = owner.write(store, *entries)
    else:
        outcomes = [outcome for entry in entries for outcome in owner.write(store, entry)]
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyTaken, KeyTaken]
    assert [outcome.run for outcome in outcomes if isinstance(outcome, KeyTaken)] == ["a", "a"]
    assert [store.index("acme", run) is None for run in "abc"] == [False, True, True]
    assert store.claimed(*KEY) == Claimed("a", input_digest("x"))


def test_a_start_that_is_refused_claims_nothing(store: Store, owner: Owner) -> None:
    owner.write(store, Journal("a").next())
    (outcome,) = owner.write(store, start("a"))
    assert isinstance(outcome, PositionTaken)
    assert store.claimed(*KEY) is None


def test_tenants_and_workflows_have_keys_of_their_own(store: Store, owner: Owner) -> None:
    entries = [start("a"), start("b", workflow="count"), start("a", tenant="other")]
    assert owner.write(store, *entries) == [None, None, None]
    assert store.claimed("acme", "count", "k") == Claimed("b", input_digest("x"))


def test_a_large_input_has_the_same_digest_where_it_is_kept_by_content() -> None:
    text = "x" * 300_000
    assert input_digest(values.blob_of(text)[0]) == input_digest(text)


def test_a_key_is_exported_in_its_journal_and_goes_with_its_run(tmp_path: Path, owner: Owner) -> None:
    store = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)
    owner.write(store, start("a", status="done"))
    exported(tmp_path / "file", store, store.runs("acme"))
    store.close()
    prune(tmp_path / "data", Which("acme", 10_000))
    pruned = SqliteStore.open(tmp_path / "data", hand_back=owner.hand_back)
    assert pruned.claimed(*KEY) is None
    owner.write(pruned, start("b"))
    pruned.close()
    # Here another run has it now; elsewhere nobody has.
    for folder, run in (("data", "b"), ("other", "a")):
        import_runs(tmp_path / "file", tmp_path / folder, believed)
        reading = SqliteStore.open(tmp_path / folder, hand_back=owner.hand_back, write=False)
        assert reading.claimed(*KEY) == Claimed(run, input_digest("x"))
        assert reading.index("acme", "a") is not None
        reading.close()


def exported(path: Path, store: Store, rows: list[IndexRow]) -> None:
    with path.open("wb") as file:
        export(store, rows, lambda line: file.write(line + b"\n"), name="store")
