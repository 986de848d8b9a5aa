"""Which key a start claims: its idempotency key, with what tells its input from another (R33)."""

from __future__ import annotations

from statewright.kernel.events import Started
from statewright.kernel.values import Blob, Json, blob_of
from statewright.store.contract import Claim


def claim_of(started: Started) -> Claim | None:
    """Returns what a start claims; None where it has no key."""
    return Claim(started.key, input_digest(started.input)) if started.key else None


def input_digest(input: Json) -> str:
    """Returns the digest of an input; one that is kept by content has the same as the value itself."""
    return (input if isinstance(input, Blob) else blob_of(input)[0]).digest
