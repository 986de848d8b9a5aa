"""What an owner and its guests say to each other: one JSON object a line, one table of requests, no more.

The guest speaks first with a `Hello`, and is answered with a `Welcome` or a `Refused`. These three keep their form in
every version, so that two releases can always tell each other that they do not fit. Nothing of anybody's environment,
and no tenant, is ever in a request.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from statewright.errors import EXIT_USAGE, StatewrightError
from statewright.hosts.door.problems import line_limit
from statewright.hosts.editing import Change
from statewright.kernel.journal import Record
from statewright.kernel.values import Json

# Another number, another protocol: a change of any line below needs one.
VERSION = 1
# The largest input is 10 MiB of JSON; this leaves room for how numbers are written and for what stands around it.
LINE_BYTES_MAX = 16 * 1024 * 1024
# Records that are on their way to a follower who has not said that it took them: one read of the store.
WINDOW = 256


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a process runs workflows. Owner and guest must agree before one starts something for the other."""

    tenant: str
    folder: str  # of the project
    simulate: bool = False
    programs: Mapping[str, str] = {}  # workflow -> digest of what it was compiled from


class Hello(msgspec.Struct, frozen=True, tag_field="say", tag="hello"):
    """Opens a conversation. Later fields are ignored, so that any release understands any other one's."""

    version: int
    release: str = ""


class Request(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="say", omit_defaults=True, forbid_unknown_fields=True
):
    """Something asked of the owner. `id` is the guest's own number, from 1, and names the answer."""

    id: int = 0


class Starting(Request, frozen=True, kw_only=True):
    """What a start needs, and what the guest takes for granted: folder, simulation and program are compared."""

    workflow: str
    input: Json = None
    run: str = ""
    seed: str = ""
    key: str = ""
    folder: str
    simulate: bool
    program: str


class Start(Starting, frozen=True, tag="start"):
    """`App.start`: the owner performs the run."""


class Begin(Starting, frozen=True, tag="begin"):
    """`App.begin`: durable, and nothing of it is performed."""


class Ended(Request, frozen=True, kw_only=True, tag="ended"):
    """`App.ended`: answered with a `Rested` when the run rests."""

    run: str


class Recover(Request, frozen=True, tag="recover"):
    """`App.recover`."""


class Resume(Request, frozen=True, kw_only=True, tag="resume"):
    """`App.resume`."""

    run: str


class Signal(Request, frozen=True, kw_only=True, tag="signal"):
    """`App.signal`."""

    run: str
    name: str
    payload: Json = None
    key: str = ""
    source: str = ""


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    """`App.cancel`."""

    run: str
    reason: str = ""


class Terminate(Request, frozen=True, kw_only=True, tag="terminate"):
    """`App.terminate`."""

    run: str
    reason: str = ""


class Pause(Request, frozen=True, kw_only=True, tag="pause"):
    """`App.pause`."""

    run: str
    reason: str = ""


class Unpause(Request, frozen=True, kw_only=True, tag="unpause"):
    """`App.unpause`."""

    run: str


class Resolve(Request, frozen=True, kw_only=True, tag="resolve"):
    """`App.resolve`."""

    run: str
    effect: str
    happened: bool
    value: Json = None


class Fork(Request, frozen=True, kw_only=True, tag="fork"):
    """`App.fork`: answered with a `Parted`."""

    run: str
    seq: int
    changes: tuple[Change, ...] = ()
    new: str = ""  # the id of the fork


class Follow(Request, frozen=True, kw_only=True, tag="follow"):
    """Asks for the records of a run above `after`; each comes once, in order. Answered after the last of a run."""

    run: str
    after: int = 0


class Status(Request, frozen=True, tag="status"):
    """Asks who the owner is: answered with a `Standing`."""


class More(Request, frozen=True, kw_only=True, tag="more"):
    """Says that a follower took so many records. It is not answered; `id` is the follow's."""

    taken: int


class Leave(Request, frozen=True, tag="leave"):
    """Ends an `ended` or a `follow` before its time. It is not answered; `id` is that request's."""


AnyRequest = (
    Start | Begin | Ended | Recover | Resume | Signal | Cancel | Terminate | Pause | Unpause | Resolve | Fork | Follow
) | (Status | More | Leave)


class Rested(msgspec.Struct, frozen=True):
    """How a run rests, and at which record."""

    status: str
    seq: int


class Parted(msgspec.Struct, frozen=True):
    """A fork that is durable: its id and status, how many records it has, and the tasks that must ask anew."""

    run: str
    status: str
    records: int
    anew: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """Who owns the folder, and under what it runs workflows."""

    pid: int
    release: str
    tenant: str
    folder: str
    simulate: bool
    guests: int


class Welcome(msgspec.Struct, frozen=True, tag_field="say", tag="welcome"):
    """Lets a guest in. `tenant` is the owner's, under whom everything happens that is asked here."""

    version: int
    release: str
    pid: int
    tenant: str


class Done(msgspec.Struct, frozen=True, tag_field="say", tag="done", omit_defaults=True):
    """The answer to a request: it is durable."""

    id: int
    value: msgspec.Raw = msgspec.Raw(b"null")


class Refused(msgspec.Struct, frozen=True, tag_field="say", tag="refused", omit_defaults=True):
    """An error, whole. With the number 0 it is about the whole conversation, and the last line of it."""

    id: int
    code: str
    message: str
    hint: str = ""
    exit_code: int = EXIT_USAGE

    def error(self) -> StatewrightError:
        """Returns the error as its owner raised it."""
        return StatewrightError(self.code, self.message, hint=self.hint, exit_code=self.exit_code)


class Told(msgspec.Struct, frozen=True, tag_field="say", tag="told"):
    """One record of a followed run, in its stored bytes."""

    id: int
    seq: int
    hash: str
    body: msgspec.Raw

    def record(self) -> Record:
        """Returns the record as the store keeps it."""
        return Record(self.seq, bytes(self.body), bytes.fromhex(self.hash))


class Closing(msgspec.Struct, frozen=True, tag_field="say", tag="closing"):
    """The owner is about to leave. It answers what it has begun and refuses the rest; the guest says no more."""


AnyReply = Welcome | Done | Refused | Told | Closing
AnyLine = Hello | AnyRequest | AnyReply

_encode = msgspec.json.Encoder().encode
_hello = msgspec.json.Decoder(Hello)
_request: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_reply: msgspec.json.Decoder[AnyReply] = msgspec.json.Decoder(AnyReply)
# What reading raises where a line is not one of ours; nesting without end is its own kind.
NOT_A_LINE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def line(said: AnyLine) -> bytes:
    """Returns the bytes of a line with its end; raises `DOOR_LINE_LIMIT` where nobody would take it."""
    data = _encode(said) + b"\n"
    if len(data) > LINE_BYTES_MAX:
        raise line_limit(LINE_BYTES_MAX)
    return data


def read_hello(data: bytes) -> Hello:
    """Reads a guest's first line; raises one of `NOT_A_LINE`."""
    return _hello.decode(data)


def read_request(data: bytes) -> AnyRequest:
    """Reads what a guest asks; raises one of `NOT_A_LINE`."""
    return _request.decode(data)


def read_reply(data: bytes) -> AnyReply:
    """Reads what an owner says; raises one of `NOT_A_LINE`."""
    return _reply.decode(data)


def verb(request: AnyRequest) -> str:
    """Returns the word of a request."""
    return str(request.__struct_config__.tag)


def raw(value: object) -> msgspec.Raw:
    """Returns a value as it stands in a line."""
    return msgspec.Raw(_encode(value))


def refused(id: int, error: StatewrightError) -> Refused:
    """Returns an error as it stands in a line."""
    return Refused(id, error.code, error.message, error.hint, error.exit_code)


def told(id: int, record: Record) -> Told:
    """Returns a record as it stands in a line: the stored bytes are a JSON object without a line's end."""
    return Told(id, record.seq, record.hash.hex(), msgspec.Raw(record.body))
