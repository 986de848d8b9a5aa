"""Snapshots: a run's state beside its journal, so that opening it reads what came since and no more (R28, R40).

They are a cache and nothing else. One that does not fit the journal, the program or this release, or is damaged, is
passed over, and the whole journal is read. What verifies or explains a run never looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.lane import Lane
from statewright.hosts.replay import TAIL_MIN, Folded, Footing, Kept, Known, fold
from statewright.kernel import values
from statewright.kernel.journal import ChainBroken, Record
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import SECTIONS, Result, State
from statewright.kernel.values import Json
from statewright.store.contract import Store
from statewright.store.snapshots import Chunk, Snapshot, chunk_digest, is_whole, sealed

# Another number for another layout of `State`, of what lies in it, or of the parts below. A test watches the shape.
CODEC = 1
# R40. A snapshot of 10,000 results of 1 KB names ten megabytes instead of holding them.
CHUNK = 1_000
# A run that leaves memory is opened again, and again: some 3 ms are worth it then, if they weigh something.
TAIL_AT_REST_MIN = 64
# By how much a snapshot at rest may outweigh the tail that it spares: what it costs stays a multiple of the tail.
AT_REST = 4


class Unfit(Exception):
    """Raised where a part of a snapshot is lost or damaged."""


class Packed(msgspec.Struct, frozen=True):
    """What lies in a snapshot. Of results and items it holds what does not fill a chunk, and how many chunks were."""

    state: State
    results: int = 0
    items: dict[str, int] = {}


_T = TypeVar("_T")
_packed = msgspec.json.Decoder(Packed)
_results = msgspec.json.Decoder(dict[str, Result])


def opened(store: Store, program: Program, known: Known) -> Folded:
    """Returns a run folded to the end of its journal, from its snapshot where that can be used.

    Raises `ChainBroken` as `fold` does.
    """
    found = _found(store, program, known)
    if found is not None:
        footing, tail = found
        try:
            folded = fold(program, tail, store.blob, known=known, footing=footing)
        except ChainBroken:
            folded = None
        if folded is not None and folded.divergence is None:
            return folded
    # Whatever is wrong is told by the journal itself.
    return fold(program, store.read(known.tenant, known.run), store.blob, known=known)


def keep_at_rest(store: Store, lane: Lane) -> None:
    """Keeps a snapshot of a run that leaves memory, if opening it again would cost much more without."""
    tail = lane.state.seq - lane.kept.seq
    if tail >= TAIL_AT_REST_MIN and tail * AT_REST >= lane.kept.weight:
        keep(store, lane)


def keep(store: Store, lane: Lane) -> None:
    """Keeps a snapshot of a run as it is now. Nothing is encoded here, and nothing waits for it."""
    state = lane.state
    if state.ended or lane.suspended:
        # It is read seldom, and not to go on.
        return
    lane.kept = kept_at(state.seq, _weight(state))
    # Values are never changed in place, and what holds them is copied: the run goes on while it is packed.
    still = msgspec.structs.replace(state, **{section: dict(getattr(state, section)) for section in SECTIONS})
    store.keep(partial(packed, lane.program.digest, still, lane.prev), _over)


def _over(failed: Exception | None) -> None:
    """A snapshot that could not be stored is none; a fault of ours goes to whoever watches the loop."""
    if failed is not None and not isinstance(failed, StatewrightError):
        raise failed


def kept_at(seq: int, weight: int) -> Kept:
    """Returns which snapshot this is. The next one comes when as many records have as this one holds (R28)."""
    return Kept(seq, weight, seq + max(TAIL_MIN, weight))


def packed(program: str, state: State, prev: bytes) -> Iterator[Chunk | Snapshot]:
    """Yields the chunks of a snapshot, then the snapshot. `prev` is the hash of the run's last record."""
    names: list[str] = []
    results = list(state.results.items())
    whole = len(results) // CHUNK
    for start in range(0, whole * CHUNK, CHUNK):
        yield _chunk(state, dict(results[start : start + CHUNK]), names)
    items = {path: len(held) // CHUNK for path, held in state.items.items() if len(held) >= CHUNK}
    for path, count in items.items():
        for start in range(0, count * CHUNK, CHUNK):
            yield _chunk(state, state.items[path][start : start + CHUNK], names)
    rest = msgspec.structs.replace(
        state,
        results=dict(results[whole * CHUNK :]),
        items={path: held[items.get(path, 0) * CHUNK :] for path, held in state.items.items()},
    )
    yield sealed(
        Snapshot(
            tenant=state.tenant,
            run=state.run,
            seq=state.seq,
            hash=prev,
            program=program,
            logic=LOGIC_VERSION,
            codec=CODEC,
            data=values.encode(Packed(rest, whole, items)),
            chunks=tuple(names),
        )
    )


def _chunk(state: State, part: Json, names: list[str]) -> Chunk:
    data = values.encode(part)
    names.append(chunk_digest(data))
    return Chunk(state.tenant, state.run, names[-1], data)


def _found(store: Store, program: Program, known: Known) -> tuple[Footing, Iterator[Record]] | None:
    """Returns what the run's snapshot gives, and the records after it; None where it cannot be used."""
    try:
        snapshot = store.snapshot(known.tenant, known.run)
        if snapshot is None or not _fits(snapshot, program, known):
            return None
        tail = store.read(known.tenant, known.run, after=snapshot.seq - 1)
        last = next(tail, None)
        if last is None or (last.seq, last.hash) != (snapshot.seq, snapshot.hash):
            return None
        state = unpacked(store, snapshot)
    except (Unfit, StatewrightError, msgspec.MsgspecError, UnicodeDecodeError):
        # The journal holds all of it, and says so itself where it does not.
        return None
    if (state.tenant, state.run, state.seq) != (known.tenant, known.run, snapshot.seq):
        return None
    return Footing(state, snapshot.hash, kept_at(snapshot.seq, _weight(state))), tail


def _fits(snapshot: Snapshot, program: Program, known: Known) -> bool:
    made_by = (snapshot.program, snapshot.logic, snapshot.codec)
    return made_by == (program.digest, LOGIC_VERSION, CODEC) and snapshot.seq <= known.records and is_whole(snapshot)


def unpacked(store: Store, snapshot: Snapshot) -> State:
    """Returns the state that a snapshot holds. Raises what decoding raises, and `Unfit`."""
    found = _decoded(snapshot.data, _packed)
    chunks = iter([_data_of(store, snapshot, digest) for digest in snapshot.chunks])
    results: dict[str, Result] = {}
    for _ in range(found.results):
        chunk: dict[str, Result] = _decoded(next(chunks), _results)
        results.update(chunk)
    items = {
        path: [item for _ in range(found.items.get(path, 0)) for item in values.decode(next(chunks))] + held
        for path, held in found.state.items.items()
    }
    return msgspec.structs.replace(found.state, results={**results, **found.state.results}, items=items)


def _data_of(store: Store, snapshot: Snapshot, digest: str) -> bytes:
    data = store.chunk(snapshot.tenant, snapshot.run, digest)
    if data is None or chunk_digest(data) != digest:
        raise Unfit
    return data


def _decoded(data: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    """Decodes what `values.encode` wrote; references come back typed."""
    return msgspec.convert(values.decode(data), decoder.type) if b'"$' in data else decoder.decode(data)


def _weight(state: State) -> int:
    """Counts what a snapshot of the state has to hold."""
    return sum(len(getattr(state, section)) for section in SECTIONS) + sum(map(len, state.items.values()))
