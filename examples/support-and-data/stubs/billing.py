"""Stands in for the billing system on loopback: `python stubs/billing.py 8123`. Port 0 takes a free one and prints it.

It asks for a bearer token, answers one request per idempotency key, and prints each as a JSON line.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = {"status": "active", "plan": "team", "balance": -19.9, "last_invoice": "INV-2041"}


class Billing(BaseHTTPRequestHandler):
    """Answers POST /api/v1/<action>."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answers an account by its customer; refuses a request without a token."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        seen = {"path": self.path, "key": self.headers.get("Idempotency-Key", ""), "body": body}
        print(json.dumps(seen | {"authorization": self.headers.get("Authorization", "")}), flush=True)
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            self._answer(401, {"error": "a bearer token is needed"})
        elif self.path == "/api/v1/get_account_status":
            self._answer(200, {"customer_id": body.get("customer_id")} | ACCOUNT)
        else:
            self._answer(404, {"error": f"there is no {self.path}"})

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on standard error: every request is already a line on standard output."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8123), Billing)
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()
