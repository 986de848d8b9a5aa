"""What a workflow's definitions are read from: documents above each other, and the autoloaded resources below them."""

from __future__ import annotations

import msgspec

from statewright.language.marks import At


class Layers(msgspec.Struct, frozen=True):
    """The resolved documents, lowest first, and the autoloaded resources by type and id."""

    documents: tuple[At, ...]
    resources: dict[str, dict[str, At]] = {}
