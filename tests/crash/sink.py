"""A service on loopback with a ledger: each request that reached it, by its key, also those that it cut off."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

# One reply in so many is cut off: the service has done it, and nobody hears so.
CUT = 9


class Request(msgspec.Struct, frozen=True):
    """One attempt, as the service saw it."""

    key: str
    path: str


class Sink:
    """The ledger. What it applies for a key it applies once, as a good service does."""

    def __init__(self, seed: str) -> None:
        self.requests: list[Request] = []
        self.origin = ""
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def take(self, request: Request) -> bool:
        """Notes a request; says whether its reply may arrive."""
        with self._lock:
            self.requests.append(request)
            return self._chance.randrange(CUT) > 0


@contextmanager
def serving(seed: str) -> Iterator[Sink]:
    """Serves until the block ends."""
    sink = Sink(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if not sink.take(Request(self.headers["Idempotency-Key"], self.path)):
                self.close_connection = True
                return
            body = msgspec.json.encode(self.path.rpartition("/")[2])
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The ledger is the log."""

        def handle(self) -> None:
            """Whoever asked may be killed in the middle."""
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # A killed client leaves its port behind.
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A reply that nobody waits for any more is what is tested here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        sink.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
