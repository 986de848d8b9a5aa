"""Events: the facts that happen to a run. They are journaled; there are no others (kernel rule R36).

`at` is integer milliseconds UTC, given by the host and never before the previous record's (R16). `Started` has
sequence 1. `Answered`, `Refused` and `Fired` close effects and are never rejected (R1).
"""

from __future__ import annotations

import msgspec

from statewright.kernel import values
from statewright.kernel.values import Json


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="type", omit_defaults=True):
    """A fact. `at` is when the host took it in, in milliseconds since 1970 UTC."""

    at: int


class Started(Event, frozen=True, kw_only=True, tag="Started"):
    """The run exists: everything that its decisions may depend on, and that is not in the program, is here."""

    run: str
    tenant: str
    program: str  # digest of the definition that the run is pinned to
    logic: int  # which release's decisions it keeps (R28)
    seed: str  # hex; the only randomness of the run
    input: Json = None
    env: dict[str, Json] = {}  # plain values, or `Secret` references by name (R8)
    simulate: bool = False  # every model answers simulated, whatever its provider
    parent: str = ""  # the Spawn effect that this run answers
    key: str = ""  # idempotency key, of all starts of the workflow (R33)


class Received(Event, frozen=True, kw_only=True, tag="Received"):
    """Somebody outside sent `name` with a payload."""

    name: str
    payload: Json = None
    key: str = ""  # idempotency key
    source: str = ""  # who sent it: what `.signal.metadata.source` says


class Answered(Event, frozen=True, kw_only=True, tag="Answered"):
    """The world answered an effect's attempt. `started` and `took` (ms) and `usage` are the performer's own (R38)."""

    effect: str
    attempt: int = 1
    value: Json = None
    started: int = 0
    took: int = 0
    usage: dict[str, int] = {}
    simulated: bool = False


class Refused(Event, frozen=True, kw_only=True, tag="Refused"):
    """The world did not answer. `left` is False only where the request surely never left this process (R11).

    `unknown` says that no reply came, not even a no: it may have happened. A call that must not happen twice waits for
    a person then (I-14).
    """

    effect: str
    attempt: int = 1
    code: str
    message: str = ""
    details: Json = None
    retryable: bool = False
    retry_after: int = 0  # ms that the world asked us to wait
    left: bool = True
    unknown: bool = False
    started: int = 0
    took: int = 0


class Fired(Event, frozen=True, kw_only=True, tag="Fired"):
    """A timer is due."""

    effect: str


class Cancelled(Event, frozen=True, kw_only=True, tag="Cancelled"):
    """Somebody asked the run to end in an orderly way (R10, R11)."""

    reason: str = ""


class Terminated(Event, frozen=True, kw_only=True, tag="Terminated"):
    """Somebody ended the run at once; nothing is awaited and nothing undone."""

    reason: str = ""


class Paused(Event, frozen=True, kw_only=True, tag="Paused"):
    """No new effect leaves until `Unpaused` (R26).

    A fork begins with one: `origin` is the run and record (`run:seq`) that its journal was copied from. Nothing that is
    open has left in its own name, and no time has passed for it since (docs/adr/0012).
    """

    reason: str = ""
    origin: str = ""


class Unpaused(Event, frozen=True, kw_only=True, tag="Unpaused"):
    """The gate is open again."""


class Resumed(Event, frozen=True, kw_only=True, tag="Resumed"):
    """A host opened the run again and found effects pending; their next attempts are decided here (R4)."""


class Resolved(Event, frozen=True, kw_only=True, tag="Resolved"):
    """A person says what became of an effect whose outcome was unknown: `happened` with its value, or not (R11)."""

    effect: str
    happened: bool
    value: Json = None


class Migrated(Event, frozen=True, kw_only=True, tag="Migrated"):
    """The run goes on under another program or logic version, proven equal so far (R27, R28)."""

    program: str
    logic: int


AnyEvent = (
    Started
    | Received
    | Answered
    | Refused
    | Fired
    | Cancelled
    | Terminated
    | Paused
    | Unpaused
    | Resumed
    | Resolved
    | Migrated
)
Closing = Answered | Refused | Fired

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode_event(event: AnyEvent) -> bytes:
    """Returns the bytes that are stored and hashed: encoded once, here, and nowhere again (R6)."""
    data = _encoder.encode(event)
    return values.encode(event) if b'"$' in data else data


def decode_event(data: bytes) -> AnyEvent:
    """Returns the event of stored bytes; references in its values come back typed."""
    if b'"$' in data:
        restored: AnyEvent = msgspec.convert(values.decode(data), AnyEvent)
        return restored
    return _decoder.decode(data)
