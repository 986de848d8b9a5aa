"""A process of its own: decides every kept journal again, and prints what it comes to."""

from __future__ import annotations

import hashlib

import msgspec

from tests.replays import journals


def main() -> None:
    """Prints one line a journal; an exit code other than 0 says that a decision came out otherwise."""
    for name in journals.names():
        folded = journals.read(name).folded()
        # Not an assertion: an optimised interpreter leaves those out.
        if folded.divergence is not None:
            raise SystemExit(f"{name}: {folded.divergence}")
        state = hashlib.sha256(msgspec.json.encode(folded.state)).hexdigest()
        print(name, folded.records, folded.prev.hex(), state)


if __name__ == "__main__":
    main()
