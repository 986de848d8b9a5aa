"""Snapshots: opening a run from one gives what folding its whole journal gives, wherever it was taken."""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import hypothesis
import msgspec
import pytest

from statewright.effects.performer import Answer
from statewright.hosts import snapshots
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.replay import Folded, Kept, Known, Step, fold
from statewright.hosts.simulated_flights import World
from statewright.hosts.snapshots import Packed, kept_at, opened, packed
from statewright.kernel.journal import ChainBroken
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import Append, Store
from statewright.store.opening import DATA_FILE
from statewright.store.snapshots import Chunk, Snapshot, sealed
from statewright.store.sqlite import SqliteStore
from statewright.store.transfer import blobs_in
from statewright.testing import RUN, TENANT, Faults, WorldPerformer, load_workflow, started
from tests.conformance import corpus
from tests.conformance.corpus import Case
from tests.kernel.states import STARTING, ran
from tests.simulation.programs import cases
from tests.simulation.runs import run_case
from tests.simulation.safety import assert_same
from tests.store.journals import Owner, open_store

# Each has a container of another kind, and results, items, pending effects, signals or steps to undo on the way.
SOME = ["blob_answer", "collection", "collection_map", "loop", "nested_containers", "parallel", "retry"]

POSITIONS_MAX = 30


class Copied:
    """A run of the corpus in a store of its own, with its state after each record."""

    def __init__(self, name: str, kind: str, folder: Path) -> None:
        self.owner = Owner()
        self.folder = folder
        self.store = open_store(kind, folder, self.owner)
        self.program: Program = corpus.case(name).program
        self.records = ran(name).records
        # Where snapshots are taken: after each record, or after some of them where there are many.
        self.positions = range(1, len(self.records) + 1, max(1, len(self.records) // POSITIONS_MAX))
        self.states: dict[int, State] = {}
        self.whole = fold(self.program, self.records, ran(name).store.blob, seen=self._seen)
        row = ran(name).store.index(TENANT, RUN)
        assert row is not None
        for record in self.records:
            index = msgspec.structs.replace(row, seq=record.seq)
            entry = Append(index=index, record=record, blobs=tuple(_blobs(record.body, ran(name).store)))
            assert self.owner.write(self.store, entry) == [None]

    def _seen(self, step: Step, state: State) -> None:
        if state.seq in self.positions:
            self.states[state.seq] = copy.deepcopy(state)

    def parts(self, seq: int) -> list[Chunk | Snapshot]:
        """Returns what a snapshot after a record is made of."""
        return list(packed(self.program.digest, self.states[seq], self.records[seq - 1].hash))

    def keep(self, parts: list[Chunk | Snapshot]) -> None:
        """Keeps a snapshot, and waits until it is there."""
        over: list[Exception | None] = []
        self.store.keep(lambda: iter(parts), over.append)
        while not over:
            self.owner.call_next()
        assert over == [None]

    def rows(self, sql: str) -> set[tuple[Any, ...]]:
        """Returns what a statement finds in the file."""
        with closing(apsw.Connection(str(self.folder / DATA_FILE))) as database:
            return set(database.execute(sql).fetchall())

    def opened(self) -> Folded:
        """Opens the run as a host does."""
        return opened(self.store, self.program, Known(TENANT, RUN, len(self.records)))


def _blobs(data: bytes, store: Store) -> Iterator[tuple[str, bytes]]:
    for digest in blobs_in(data):
        found = store.blob(digest)
        assert found is not None
        yield digest, found
        yield from _blobs(found, store)


def same(one: Folded, other: Folded) -> None:
    """Both folds came to the same, field by field and byte by byte."""
    assert_same(one.state, other.state)
    assert (one.prev, one.records, one.suspended, one.set_aside) == (
        other.prev, other.records, other.suspended, other.set_aside,
    )  # fmt: skip


@pytest.fixture
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    name, kind = request.param
    copied = Copied(name, kind, tmp_path)
    yield copied
    copied.store.close()


def over(*runs: tuple[str, str]) -> pytest.MarkDecorator:
    """Runs of the corpus, each in a kind of store."""
    return pytest.mark.parametrize("run", runs, indirect=True, ids=" ".join)


IN_MEMORY = [(name, "memory") for name in STARTING]
ON_DISK = [(name, "sqlite") for name in SOME]


@over(*IN_MEMORY, *ON_DISK)
def test_opening_from_a_snapshot_is_folding_everything(run: Copied) -> None:
    """I-21, R28: after each record of each case, in both stores."""
    for seq in run.positions:
        run.keep(run.parts(seq))
        folded = run.opened()
        assert folded.kept.seq == seq
        same(folded, run.whole)


@over(*ON_DISK)
def test_a_thousand_results_lie_in_a_chunk(run: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-21, R40: with chunks of two, so that small runs have them too."""
    monkeypatch.setattr(snapshots, "CHUNK", 2)
    for seq in run.positions:
        run.keep(run.parts(seq))
        assert run.opened().kept.seq == seq
        same(run.opened(), run.whole)


DAMAGE: dict[str, dict[str, object]] = {
    "a bit of the data": {"data": b"!"},
    "the seal": {"seal": bytes(32)},
    "another record": {"seq": 3},
    "another journal": {"hash": bytes(32)},
    "another program": {"program": "0" * 64},
    "decisions of another release": {"logic": 0},
    "another layout": {"codec": 0},
    "chunks that are not there": {"chunks": ("0" * 64,)},
}


@over(("collection", "memory"), ("collection", "sqlite"))
@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize("what", DAMAGE)
def test_a_snapshot_that_does_not_fit_is_passed_over(run: Copied, what: str, is_sealed: bool) -> None:
    """R28: any mismatch, and any damage, means that the whole journal is read."""
    *chunks, snapshot = run.parts(2)
    assert isinstance(snapshot, Snapshot)
    changed = {**DAMAGE[what]}
    if what == "a bit of the data":
        changed["data"] = snapshot.data.replace(b'"state"', b'"stale"') if is_sealed else b"!" + snapshot.data[1:]
    damaged = msgspec.structs.replace(snapshot, **changed)
    run.keep([*chunks, sealed(damaged) if is_sealed and what != "the seal" else damaged])
    assert run.opened().kept.seq == 0
    same(run.opened(), run.whole)


@over(*ON_DISK[:3])
def test_a_chunk_that_is_damaged_or_lost_is_noticed(run: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "CHUNK", 1)
    seq = max(seq for seq in run.positions if len(run.parts(seq)) > 1)
    *chunks, snapshot = run.parts(seq)
    for broken in (chunks[1:], [msgspec.structs.replace(chunks[0], data=b"[]"), *chunks[1:]]):
        run.rows("DELETE FROM snapshots; DELETE FROM chunks")
        run.keep([*broken, snapshot])
        assert run.opened().kept.seq == 0
        same(run.opened(), run.whole)
        assert [problem.code for problem in run.store.check().unusable] == ["SNAPSHOT_UNUSABLE"]


@over(("collection", "sqlite"))
def test_a_journal_that_is_damaged_behind_its_snapshot_is_told_as_such(run: Copied) -> None:
    run.keep(run.parts(1))
    with pytest.raises(ChainBroken) as broken:
        opened(run.store, run.program, Known(TENANT, RUN, len(run.records) + 1))
    assert broken.value.seq == len(run.records) + 1


@hypothesis.settings(max_examples=15, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(cases())
def test_generated_programs_open_as_well(case: Case) -> None:
    """I-21, R28, R40."""
    finished = run_case(case, Faults(), seed=1)
    programs = {**case.workflows.by_digest, case.program.digest: case.program}
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(snapshots, "CHUNK", 3)
        for row in finished.store.runs(TENANT):
            _open_everywhere(finished.store, programs[row.program], Known(row.tenant, row.run, row.seq))


def _open_everywhere(store: Store, program: Program, known: Known) -> None:
    records = tuple(store.read(known.tenant, known.run))
    states: list[State] = []
    whole = fold(program, records, store.blob, seen=lambda step, state: states.append(copy.deepcopy(state)))
    for state, record in zip(states, records, strict=True):
        store.keep(partial(packed, program.digest, state, record.hash), lambda outcome: None)
        folded = opened(store, program, known)
        assert folded.kept.seq == record.seq
        same(folded, whole)


@over(("collection", "sqlite"))
def test_chunks_that_stay_the_same_are_not_written_again(run: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    """R40."""
    monkeypatch.setattr(snapshots, "CHUNK", 1)
    before: set[tuple[int, str]] = set()
    shared = 0
    for seq in run.positions:
        *chunks, _ = parts = run.parts(seq)
        run.keep(parts)
        after = run.rows("SELECT id, digest FROM chunks")
        assert {digest for _, digest in after} == {chunk.digest for chunk in chunks if isinstance(chunk, Chunk)}
        stayed = {digest for _, digest in before} & {digest for _, digest in after}
        shared += len(stayed)
        assert {row for row in before if row[1] in stayed} <= after
        before = after
    assert shared


def test_what_snapshots_cost_is_a_multiple_of_what_is_recorded() -> None:
    """R28: a run that keeps all its results doubles between two of them."""
    kept, written = Kept(), 0
    for seq in range(1, 100_001):
        if seq >= kept.due:
            kept = kept_at(seq, weight=seq)
            written += seq
    assert written <= 2 * 100_000


# One thousand and a half: results and items fill a chunk each.
COUNT = 1_500
MANY = """
name: many
tools: [{id: get, type: javascript, execute: "() => ({})"}]
tasks:
  - id: each
    type: collection
    items: "{{ .workflow.input.items }}"
    task: {id: one, type: basic, tool: get, with: {n: "{{ .item }}"}}
"""


def world(missing: int) -> World:
    """Answers every call but one."""
    return lambda call, work: None if call.request["input"]["n"] == missing else Answer(value=call.request["input"])


def test_the_next_host_goes_on_from_the_snapshot_of_the_last_one(tmp_path: Path) -> None:
    """R40: the results of a container lie in chunks of a thousand."""
    program = load_workflow(MANY)

    async def first(host: EmbeddedHost, store: SqliteStore) -> None:
        heard = asyncio.get_running_loop().create_future()
        host.listen(lambda taken, state: heard.set_result(None) if taken.append.record.seq == COUNT else None)
        await host.start(program, started(program, {"items": list(range(1, COUNT + 1))}, at=1))
        await heard

    async def second(host: EmbeddedHost, store: SqliteStore) -> None:
        snapshot = store.snapshot(TENANT, RUN)
        assert snapshot is not None
        assert 1_000 <= snapshot.seq < COUNT
        assert len(snapshot.chunks) == 2
        folded = opened(store, program, Known(TENANT, RUN, COUNT))
        assert folded.kept.seq == snapshot.seq
        same(folded, fold(program, store.read(TENANT, RUN), store.blob))
        state = await host.ended(TENANT, RUN)
        assert (state.status, len(state.results)) == ("done", COUNT + 1)
        assert fold(program, store.read(TENANT, RUN), store.blob).state == state
        assert (store.check().snapshots, store.check().unusable) == (1, [])

    for serve, missing in ((first, COUNT), (second, 0)):
        asyncio.run(_served(tmp_path, program, world(missing), serve))


async def _served(
    folder: Path, program: Program, world: World, serve: Callable[[EmbeddedHost, SqliteStore], Awaitable[None]]
) -> None:
    store = SqliteStore.open(folder, hand_back=asyncio.get_running_loop().call_soon_threadsafe)
    host = EmbeddedHost(store, WorldPerformer(world), {program.digest: program}.__getitem__, clock=lambda: 1)
    try:
        await serve(host, store)
    finally:
        host.close()
        store.close()


def test_the_shape_of_a_state_is_the_one_that_this_codec_writes() -> None:
    """R28: whoever changes what a run is in memory gives the codec another number, and this test the new shape."""
    shape = msgspec.json.encode(_without_prose(msgspec.json.schema(Packed)), order="deterministic")
    assert (snapshots.CODEC, hashlib.sha256(shape).hexdigest()[:16]) == (1, "d512642496c63bb4")


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_prose(value) for key, value in schema.items() if key != "description"}
    return [_without_prose(one) for one in schema] if isinstance(schema, list) else schema
