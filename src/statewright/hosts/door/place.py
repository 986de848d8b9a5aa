"""Where the door stands: a socket in the data folder, for the folder's own user only, whatever the path's length.

The kernel takes 107 bytes of path. A longer one is reached through the open folder's place under `/proc/self/fd`.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from statewright.hosts.door.problems import door_closed, door_forbidden, door_unavailable

DOOR_FILE = "door"
# What fits into an address everywhere: Linux takes 107 bytes, macOS 103.
PATH_BYTES_MAX = 103
# Guests that knock at the same moment and have not been looked at.
KNOCKING_MAX = 128
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of the other end


class Doorway:
    """The listening socket, and the folder it lies in. Whoever makes one holds the folder's lock."""

    def __init__(self, data: Path) -> None:
        with _unavailable(data):
            self._folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with _unavailable(data):
                self.socket = self._listening(data)
        except BaseException:
            os.close(self._folder)
            raise

    def close(self) -> None:
        """Takes the door away: who comes now finds none, and tries the lock."""
        self._clear()
        self.socket.close()
        os.close(self._folder)

    def _listening(self, data: Path) -> socket.socket:
        # What lies there was left by an owner that was killed: the lock is ours, so nobody listens.
        self._clear()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Before it has a name, so that there is no moment in which it is open to others.
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(_address(data, self._folder))
            listening.listen(KNOCKING_MAX)
            listening.setblocking(False)
        except BaseException:
            listening.close()
            raise
        return listening

    def _clear(self) -> None:
        try:
            found = os.stat(DOOR_FILE, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found.st_mode):
            raise OSError(f"{DOOR_FILE!r} in it is not a socket")
        os.unlink(DOOR_FILE, dir_fd=self._folder)


def knocked(data: Path) -> socket.socket:
    """Returns a connection to the owner of a folder. Raises `DOOR_CLOSED` where nobody listens, `DOOR_FORBIDDEN`."""
    knocking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # A connection to a socket of this machine is there at once, or not at all.
    knocking.setblocking(False)
    try:
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            knocking.connect(_address(data, folder))
        finally:
            os.close(folder)
        if not is_same_user(knocking):
            raise PermissionError("who listens there is somebody else")
    except PermissionError as error:
        knocking.close()
        raise door_forbidden(error.strerror or str(error)) from error
    except OSError as error:
        knocking.close()
        raise door_closed(str(data), error.strerror or str(error)) from error
    return knocking


def is_same_user(connection: socket.socket) -> bool:
    """Says whether the other end runs as our user; elsewhere than on Linux the file's modes have decided."""
    if sys.platform != "linux":
        return True
    _, user, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return bool(user == os.geteuid())


def _address(data: Path, folder: int) -> str:
    plain = str(data.absolute() / DOOR_FILE)
    if len(os.fsencode(plain)) <= PATH_BYTES_MAX:
        return plain
    through = f"/proc/self/fd/{folder}"
    if not os.path.isdir(through):
        raise OSError(f"its path has more than {PATH_BYTES_MAX - len(DOOR_FILE) - 1} bytes")
    return f"{through}/{DOOR_FILE}"


@contextmanager
def _unavailable(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise door_unavailable(str(data), error.strerror or str(error)) from error
