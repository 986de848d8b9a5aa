"""The journal's record: one event with the digest of what was decided, chained to the record before.

A stored row is `(seq, body, hash)`. `body` is one JSON object, written once and never re-encoded (R6):
`{"seq":…,"at":…,"digest":"<hex>","keys":{…},"event":{…}}`, with `"suspended":"<code>"` where our own fault parked the
run (R1). `hash` is SHA-256 over the previous hash and the body; the first previous hash is 32 zero bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from zlib import crc32

import msgspec

from statewright.kernel.events import AnyEvent, decode_event
from statewright.kernel.values import encode_each

GENESIS = bytes(32)
# A decision that changes more keys than this fingerprints the rest together, so that a record stays small.
FINGERPRINTS_MAX = 64
REST = "*"
# Keys of the run as a whole that change with whatever its tasks do.
SUMS = frozenset({"run.agenda", "run.error", "run.output", "run.status", "run.usage", "run.verdict", REST})


class Record(msgspec.Struct, frozen=True, gc=False):
    """A sealed record as the store keeps it: position, the stored bytes, and the chain's hash after it."""

    seq: int
    body: bytes
    hash: bytes


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record read back: `digest` covers patch and effects, `keys` maps each changed key to its CRC-32."""

    seq: int
    at: int
    digest: str
    keys: dict[str, int]
    event: msgspec.Raw
    suspended: str = ""

    def decoded(self) -> AnyEvent:
        """Returns the event itself."""
        return decode_event(bytes(self.event))


class ChainBroken(Exception):
    """Raised when a stored record is not the one that was written: says which sequence, and what is wrong."""

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(f"record {seq}: {problem}")
        self.seq = seq
        self.problem = problem


class Digest(msgspec.Struct, frozen=True, gc=False):
    """What a decision came to: the SHA-256 (hex) of its parts, and a fingerprint per key to name a difference."""

    whole: str
    fingerprints: bytes  # as they stand in the record: a JSON object of key to CRC-32

    @property
    def keys(self) -> dict[str, int]:
        """The fingerprint of each changed key."""
        return _fingerprints.decode(self.fingerprints)


_entry = msgspec.json.Decoder(Entry)
_fingerprints = msgspec.json.Decoder(dict[str, int])
_json = msgspec.json.Encoder()


def digest_of(changes: dict[str, Any]) -> Digest:
    """Returns the digest of a decision, given each changed key with its new value, in order.

    It is the SHA-256 of lines: the fingerprints, then each encoded value. Where `*` stands for several keys, a line
    with the names of all comes first.
    """
    parts, joined = encode_each(changes.values())
    fingerprints = _json.encode(dict(zip(changes, map(crc32, parts), strict=True)))
    head = fingerprints
    if len(parts) > FINGERPRINTS_MAX:
        fingerprints = _json.encode(_abridged(changes, parts))
        head = b"%b\n%b" % (_json.encode(list(changes)), fingerprints)
    return Digest(sha256(b"%b\n%b" % (head, joined)).hexdigest(), fingerprints)


def _abridged(names: Iterable[str], parts: list[bytes]) -> dict[str, int]:
    keys: dict[str, int] = {}
    rest = 0
    for name, data in zip(names, parts, strict=True):
        if len(keys) < FINGERPRINTS_MAX:
            keys[name] = crc32(data)
        else:
            rest = crc32(data, crc32(name.encode(), rest))
    return {**keys, REST: rest}


def seal(prev: bytes, seq: int, event: bytes, digest: Digest, *, at: int, suspended: str = "") -> Record:
    """Returns the record of one event: `event` is what `encode_event` gave, `prev` the hash of the record before."""
    mark = b',"suspended":%b' % _json.encode(suspended) if suspended else b""
    body = b'{"seq":%d,"at":%d,"digest":"%b","keys":%b%b,"event":%b}' % (
        seq,
        at,
        digest.whole.encode(),
        digest.fingerprints,
        mark,
        event,
    )
    return Record(seq, body, sha256(prev + body).digest())


def open_record(prev: bytes, record: Record, expected_seq: int) -> Entry:
    """Returns the entry of a stored record after checking place and chain; raises `ChainBroken`."""
    if sha256(prev + record.body).digest() != record.hash:
        raise ChainBroken(expected_seq, "its hash does not fit its bytes and the record before")
    try:
        entry = _entry.decode(record.body)
    except msgspec.MsgspecError as error:
        raise ChainBroken(expected_seq, f"its bytes are not a record ({error})") from error
    if not (entry.seq == record.seq == expected_seq):
        raise ChainBroken(expected_seq, f"it says that it is number {entry.seq}")
    return entry


def first_difference(recorded: dict[str, int], decided: dict[str, int]) -> str:
    """Returns the first key that the two decisions do not share; an empty text where all fingerprints agree.

    What only sums a run up comes last: it says that something changed, not what.
    """
    different = [key for key in [*recorded, *decided] if recorded.get(key) != decided.get(key)]
    telling = [key for key in different if key not in SUMS]
    return next(iter(telling or different), "")
