"""What `decide` gives back."""

from __future__ import annotations

import msgspec

from statewright.kernel.effects import AnyEffect
from statewright.kernel.journal import Digest, digest_of
from statewright.kernel.state import Patch


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The event is a fact: apply `patch`, then ask the world for `effects`. `steps` counts the work that it took."""

    patch: Patch
    effects: tuple[AnyEffect, ...] = ()
    steps: int = 0

    def digest(self) -> Digest:
        """Returns the digest of patch and effects that the record keeps (R5)."""
        changes = self.patch.changes()
        if self.effects:
            changes["effects"] = [self._named(effect) for effect in self.effects]
        return digest_of(changes)

    def _named(self, effect: AnyEffect) -> AnyEffect | str:
        """An effect that the patch holds as a whole is covered there; here its name is enough."""
        pending = self.patch.pending.get(effect.id)
        return effect.id if pending is not None and pending.effect is effect else effect


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """The event is not taken and leaves no trace. `STALE` is said of closings that came too late (R10)."""

    code: str
    reason: str


class Need(msgspec.Struct, frozen=True, gc=False):
    """The decision must see these blobs first; nothing has happened yet (R12)."""

    digests: tuple[str, ...]


Outcome = Decision | Rejected | Need
STALE = "STALE"
