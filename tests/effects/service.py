"""A real HTTP service on loopback: it records what it is asked and answers what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Service:
    """`replies` are the raw responses, sent in order, the last one for ever; None closes without a word."""

    def __init__(self, replies: list[bytes | None]) -> None:
        self.asked: list[Asked] = []
        self.origin = ""
        self._replies = replies

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = first.split(" ")
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked.append(Asked(method, target, headers, body))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        try:
            if reply is not None:
                writer.write(reply)
                await writer.drain()
        except ConnectionError:
            # The other side has heard enough.
            pass
        finally:
            writer.close()


@asynccontextmanager
async def service(*replies: bytes | None) -> AsyncIterator[Service]:
    """Runs a service on a free port of loopback."""
    running = Service(list(replies))
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    async with server:
        running.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield running


def reply(body: object = None, *, status: int = 200, headers: str = "") -> bytes:
    """Returns a raw response with a JSON body, or with the bytes given."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + data
