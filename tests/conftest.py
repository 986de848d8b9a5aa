"""What every test gets: no network but loopback, no key, no setting of the machine, one event loop, steady examples.

All of it is done to the process itself, before any test is collected, so the commands that tests start inherit it.
"""

from __future__ import annotations

import ipaddress
import os
import sys

import hypothesis
import pytest

SOAKING = os.environ.get("SOAK") == "1"

# A setting or key of the machine must not decide whether a test passes, and a proxy would hide where a request went.
_DROPPED_PREFIXES = ("STATEWRIGHT_", "COMPOZY_", "TRAAVIIS_")
_DROPPED_SUFFIXES = ("_API_KEY", "_API_TOKEN", "_ACCESS_KEY", "_SECRET_KEY", "_PROXY", "_BASE_URL")
# No escape codes in what commands print, and the width that the expected outputs were written for.
_FIXED = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "PYTHONUTF8": "1"}


class NetworkForbidden(RuntimeError):
    """A test reached for something beyond loopback. Not an OSError, so that no code mistakes it for a refusal."""


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return host is None
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        # A Unix socket's address is a path, and a connected socket's `sendmsg` names none.
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkForbidden(f"{event} to {address!r}: tests reach loopback only")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_loopback(arguments[0]):
        raise NetworkForbidden(f"{event} of {arguments[0]!r}: tests resolve localhost only")


def _clean_environment() -> None:
    for name in list(os.environ):
        if name.upper().startswith(_DROPPED_PREFIXES) or name.upper().endswith(_DROPPED_SUFFIXES):
            del os.environ[name]
    os.environ.update(_FIXED)


_clean_environment()
# An audit hook cannot be removed again, so no test can forget to put it back.
sys.addaudithook(_refuse_network)

# The same examples in every run, unless soaking; a slow machine is no failure; nothing is written beside the sources.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("soak" if SOAKING else "steady")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, the loop that the hosts are written for."""
    return "asyncio"


@pytest.fixture(scope="session")
def soaking() -> bool:
    """Whether a test marked `soak` repeats at full length."""
    return SOAKING
