"""The tool of the crash tests: one line per attempt in a file that only ever grows."""

from __future__ import annotations

import json
import os


def write_line(ledger: str, step: str, value: int, idempotency_key: str) -> dict[str, int]:
    """Writes which step this is and under which key it was asked for, in one write."""
    line = json.dumps({"key": idempotency_key, "step": step}) + "\n"
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
    return {"value": value}
