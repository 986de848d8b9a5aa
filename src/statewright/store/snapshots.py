"""What is kept of a run so that it opens without its whole journal: a cache, which a seal tells from damage (R28).

A snapshot names the chunks that hold the run's finished results; both are the run's own and go with it (R40). Nobody
here knows what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec

_json = msgspec.json.Encoder()


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A part of a snapshot that later ones share while it stays the same; it lies under its digest."""

    tenant: str
    run: str
    digest: str
    data: bytes


class Snapshot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A run after a record: what it was made from, and the bytes of its state."""

    tenant: str
    run: str
    seq: int
    hash: bytes  # of that record
    program: str
    logic: int
    codec: int
    data: bytes
    chunks: tuple[str, ...] = ()  # digests, in the order in which `data` needs them
    seal: bytes = b""


# Makes the parts of a snapshot, itself the last of them. It is called when nothing else is to be written, and may be
# called in another thread: it holds what it needs.
Packing = Callable[[], Iterator[Chunk | Snapshot]]


def sealed(snapshot: Snapshot) -> Snapshot:
    """Returns the snapshot with the digest of everything else in it."""
    return msgspec.structs.replace(snapshot, seal=_seal_of(snapshot))


def is_whole(snapshot: Snapshot) -> bool:
    """Says whether a snapshot is as it was sealed."""
    return snapshot.seal == _seal_of(snapshot)


def chunk_digest(data: bytes) -> str:
    """Returns what a chunk lies under."""
    return hashlib.sha256(data).hexdigest()


def _seal_of(snapshot: Snapshot) -> bytes:
    head = (
        snapshot.tenant,
        snapshot.run,
        snapshot.seq,
        snapshot.hash.hex(),
        snapshot.program,
        snapshot.logic,
        snapshot.codec,
        snapshot.chunks,
    )
    seal = hashlib.sha256(_json.encode(head))
    seal.update(snapshot.data)
    return seal.digest()
