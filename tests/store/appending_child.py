"""A program for the crash tests: appends to a few runs without end, and prints each acknowledged record as `run seq`.

Run it as `python appending_child.py FOLDER SEED`. It goes on where the folder's journals end. A line is written by one
call, so a kill leaves it whole or out.
"""

from __future__ import annotations

import os
import random
import sys
from functools import partial
from pathlib import Path

from statewright.kernel.journal import GENESIS
from statewright.store.contract import Append
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Outcome, Owner

RUNS = 8
AHEAD_MAX = 12


def main(folder: Path, chance: random.Random) -> None:
    """Appends until it is killed."""
    owner = Owner()
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    journals = [_continued(store, f"run-{number}") for number in range(RUNS)]
    waiting = 0

    def acknowledged(entry: Append, outcome: Outcome) -> None:
        nonlocal waiting
        waiting -= 1
        assert outcome is None, outcome
        os.write(1, b"%b %d\n" % (entry.index.run.encode(), entry.record.seq))

    while True:
        # Ahead of the disk by a changing number of records, so that batches of all sizes are cut.
        while waiting < chance.randint(1, AHEAD_MAX):
            entry = chance.choice(journals).next()
            waiting += 1
            store.append(entry, partial(acknowledged, entry))
        owner.call_next()


def _continued(store: SqliteStore, run: str) -> Journal:
    journal = Journal(run)
    journal.row = store.index("acme", run) or journal.row
    journal.prev = GENESIS
    for record in store.read("acme", run, after=journal.row.seq - 1):
        journal.prev = record.hash
    return journal


if __name__ == "__main__":
    main(Path(sys.argv[1]), random.Random(sys.argv[2]))
