"""A program for the crash tests: appends to a disk that is full after so many bytes, and prints every outcome.

Run it as `python full_disk_child.py FOLDER BYTES`.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Owner

RECORDS = 200


def main(folder: Path, space: int) -> None:
    """Appends one record after the other, whatever becomes of them."""
    owner = Owner()
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    # No file of this process may grow beyond this: what a full disk does, without filling one.
    resource.setrlimit(resource.RLIMIT_FSIZE, (space, space))
    for number in range(RECORDS):
        entry = Journal(f"run-{number}").next()
        (outcome,) = owner.write(store, entry)
        print(entry.index.run, "ok" if outcome is None else getattr(outcome, "code", repr(outcome)), flush=True)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
