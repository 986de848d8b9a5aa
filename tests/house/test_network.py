"""What conftest promises every test: nothing beyond loopback is reached, and nothing of the machine shows through."""

from __future__ import annotations

import os
import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "2001:db8::1"])
def test_a_test_cannot_connect_beyond_loopback(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as outgoing, pytest.raises(RuntimeError, match="loopback only"):
        outgoing.connect((host, 80))


def test_a_test_cannot_ask_for_a_name() -> None:
    with pytest.raises(RuntimeError, match="localhost only"):
        socket.getaddrinfo("example.com", 443)


def test_a_test_can_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"hello")
            assert accepted.recv(5) == b"hello"


async def test_async_tests_run_on_asyncio(anyio_backend_name: str) -> None:
    assert anyio_backend_name == "asyncio"


def test_no_key_and_no_setting_of_the_machine_is_left() -> None:
    left = [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("STATEWRIGHT_")]
    assert left == []
    assert os.environ["NO_COLOR"] == "1"
