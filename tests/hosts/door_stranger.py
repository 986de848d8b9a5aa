"""A process of another user: knocks at a door, greets, and prints what it is told."""

from __future__ import annotations

import os
import socket
import sys

from statewright.hosts.door.lines import VERSION, Hello, line

# Nobody, by custom; any number that is not ours does.
OTHER = 65534


def main(door: str) -> None:
    """Knocks, as somebody else."""
    # The folders above are closed to others: the last one is entered while it may be.
    os.chdir(os.path.dirname(door))
    os.setuid(OTHER)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
        knocking.connect(os.path.basename(door))
        knocking.sendall(line(Hello(VERSION)))
        print(knocking.makefile("r").readline())


if __name__ == "__main__":
    main(sys.argv[1])
