"""HTTP tools: a service behind `config.base_url`, asked by `{endpoint, method, data}` or by `{action, …}`.

Source: workflows.md 16. The base address and the headers are the author's and may hold secrets; the input may choose
a path below the base, never another host.
"""

from __future__ import annotations

import email.utils
import re
from typing import Any
from urllib.parse import quote, unquote, urlencode

import msgspec

from statewright.effects.operator import Operator
from statewright.effects.refused import CallRefused, refused, retryable
from statewright.effects.tools.tool import MESSAGE_MAX, ToolUse
from statewright.kernel.values import Json

# A server may ask us to wait, not to forget (reliability.md B-198).
RETRY_AFTER_MAX = 60_000

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BODILESS = frozenset({"GET", "HEAD"})
_ACTION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# A session of the service is not the run's business.
_HIDDEN_HEADERS = frozenset({"set-cookie", "set-cookie2"})
# What has its meaning in an address, or is encoded already.
_RESERVED = "/?&=%:@!$'()*+,;~"
_RETRYABLE = frozenset({408, 425, 429})


class HttpTools:
    """Runs tools of kind `http`."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def __call__(self, use: ToolUse) -> Json:
        """Returns `{status_code, data, headers}`, or the service's own object where an `action` was asked for."""
        # lazy: the HTTP stack is slow to import, and most runs never leave the machine.
        from statewright.effects.egress import Egress, Request

        base = _base_url(use)
        asked = _by_action(use.input) if "action" in use.input else _by_endpoint(use.input)
        headers = {str(name): str(value) for name, value in (use.config.get("headers") or {}).items()}
        headers["Idempotency-Key"] = use.effect
        if asked.body is not None:
            headers["Content-Type"] = "application/json"
        request = Request(method=asked.method, url=base + asked.path, headers=headers, body=asked.body)
        reply = await Egress(self._operator).send(request)
        data = _data(reply.body)
        if reply.status >= 300:
            raise _status(use, reply.status, data, reply.headers.get("retry-after", ""))
        if "action" in use.input:
            return data
        shown = {name: value for name, value in reply.headers.items() if name not in _HIDDEN_HEADERS}
        return {"status_code": reply.status, "data": data, "headers": shown}


class _Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: bytes | None


def _base_url(use: ToolUse) -> str:
    base = use.config.get("base_url") if isinstance(use.config, dict) else None
    if not isinstance(base, str) or not base:
        raise refused("TOOL_CONFIG_INVALID", f"the tool {use.tool.id!r} has no config.base_url", left=False)
    return base.rstrip("/")


def _by_action(given: dict[str, Json]) -> _Asked:
    action = given["action"]
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        raise _forbidden(f"the action {action!r} is not a name")
    rest = {name: value for name, value in given.items() if name != "action"}
    return _Asked("POST", f"/{action}", msgspec.json.encode(rest))


def _by_endpoint(given: dict[str, Json]) -> _Asked:
    method = str(given.get("method") or "GET").upper()
    if method not in METHODS:
        known = ", ".join(sorted(METHODS))
        raise refused("TOOL_INPUT_INVALID", f"the method {method!r} is none of {known}", left=False)
    path, data = _path(given.get("endpoint") or ""), given.get("data")
    if data in (None, {}):
        return _Asked(method, path, None)
    if method in _BODILESS:
        return _Asked(method, f"{path}{'&' if '?' in path else '?'}{_query(data)}", None)
    return _Asked(method, path, msgspec.json.encode(data))


def _path(endpoint: Any) -> str:
    """Returns the endpoint as a path below the base; refuses what could mean another host, or a way up."""
    if not isinstance(endpoint, str):
        raise _forbidden("the endpoint is not text")
    path = endpoint.partition("?")[0].partition("#")[0]
    first = path.partition("/")[0]
    if endpoint.startswith("//") or "://" in path or "@" in first or ":" in first or "\\" in endpoint:
        raise _forbidden(f"the endpoint {endpoint[:80]!r} names a host of its own")
    if any(step in (".", "..") for step in unquote(unquote(path)).replace("\\", "/").split("/")):
        raise _forbidden(f"the endpoint {endpoint[:80]!r} leads out of the base address")
    written = quote(endpoint, safe=_RESERVED)
    return written if path.startswith("/") or not path else f"/{written}"


def _query(data: Json) -> str:
    if not isinstance(data, dict):
        raise refused("TOOL_INPUT_INVALID", "the data of a GET is an object of query parameters", left=False)
    return urlencode({name: value if isinstance(value, str) else _json(value) for name, value in data.items()})


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def _forbidden(reason: str) -> CallRefused:
    hint = "an endpoint is a path below config.base_url, such as /items/1"
    return refused("URL_FORBIDDEN", f"this address may not be asked: {reason}", hint=hint, left=False)


def _data(body: bytes) -> Json:
    """Returns the body as data where it is JSON, else as text."""
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return body.decode(errors="replace")


def _status(use: ToolUse, status: int, data: Json, retry_after: str) -> CallRefused:
    message = f"the tool {use.tool.id!r} was answered with status {status}"
    shown = data if data is None or len(msgspec.json.encode(data)) <= MESSAGE_MAX else None
    details = {"status_code": status, "data": shown}
    if status >= 500 or status in _RETRYABLE:
        return retryable("TOOL_HTTP_STATUS", message, retry_after=_wait(retry_after, use.now), details=details)
    return refused("TOOL_HTTP_STATUS", message, details=details)


def _wait(written: str, now: int) -> int:
    """Returns how long `Retry-After` asks us to wait: seconds or a date, in ms, never more than our limit."""
    if written.isdigit():
        return min(int(written[:9]) * 1_000, RETRY_AFTER_MAX)
    try:
        due = email.utils.parsedate_to_datetime(written)
    except ValueError:
        return 0
    return max(0, min(int(due.timestamp() * 1_000) - now, RETRY_AFTER_MAX))
