"""The definition that a run is pinned to: the texts of every file that took part, and which workflow is meant.

Resuming and replaying compile from it alone; its SHA-256 is the program's digest (DESIGN 4).
"""

from __future__ import annotations

import hashlib

import msgspec

FORMAT = 1


class Main(msgspec.Struct, frozen=True):
    """Which workflow of which project file; `source` is the workflow's own file."""

    project: str
    workflow: str
    source: str


class Bundle(msgspec.Struct, frozen=True):
    """Texts by path, sorted, so that equal definitions have equal bytes."""

    format: int
    main: Main
    files: dict[str, str]


def encode_bundle(main: Main, texts: dict[str, str]) -> bytes:
    """Returns the definition's bytes."""
    return msgspec.json.encode(Bundle(FORMAT, main, dict(sorted(texts.items()))))


def decode_bundle(data: bytes) -> Bundle:
    """Returns the bundle; raises `msgspec.DecodeError` where the bytes are none."""
    return msgspec.json.decode(data, type=Bundle)


def digest_of(data: bytes) -> str:
    """Returns the name of a definition."""
    return hashlib.sha256(data).hexdigest()
