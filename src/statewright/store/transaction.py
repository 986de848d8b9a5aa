"""One transaction of a connection: everything in it is committed, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from statewright.store.queries import QUERIES


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commits what is done inside; takes all of it back where anything is raised."""
    connection.execute(QUERIES["begin"])
    try:
        yield
        connection.execute(QUERIES["commit"])
    finally:
        # After some I/O errors SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute(QUERIES["rollback"])
