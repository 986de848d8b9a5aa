"""The one way out over HTTP: every address is checked, once, and it is the checked one that is connected to.

A connection per call: nothing to close, and no connection that two tenants share. Neither proxies nor credentials
are taken from the environment, and redirects lead nowhere new. Source: reliability.md 6.6.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore2
import msgspec

from statewright.effects.addresses import literal, public
from statewright.effects.operator import Operator
from statewright.effects.refused import CallRefused, refused, unanswered, unreached

# As for every answer of the world (reliability.md 6.6).
BODY_BYTES_MAX = 10 * 1024 * 1024
# Longer addresses are refused by common servers, too.
URL_MAX = 2_048
REDIRECTS_MAX = 3
# Seconds. A host that does not shake hands in five is down; the whole call has its own deadline.
TIMEOUTS = {"connect": 5.0, "read": 60.0, "write": 30.0, "pool": 5.0}

_PORTS = {"https": 443, "http": 80}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
# Resolvers read these as addresses (2130706433 and 0x7f.1 are 127.0.0.1), people do not.
_NUMBER = re.compile(r"(.*\.)?(0[xX][0-9A-Fa-f]*|[0-9]+)\.?")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
# What says where a message ends or goes is not the project's to say.
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LINE_BREAK = re.compile(r"[\r\n\0]")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Headers = list[tuple[str, str]]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to send. Headers and address may hold secrets, so a request is never printed."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request(method={self.method!r})"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: header names in lower case, the body decoded from its transfer form."""

    status: int
    headers: dict[str, str]
    body: bytes


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request really goes. `trusted`: the operator named this origin, so its address is not checked."""

    url: str
    host: str
    port: int
    trusted: bool


class Egress:
    """Sends requests where the operator's rules allow."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def send(self, request: Request) -> Reply:
        """Returns the reply, whatever its status; refuses the call where there is none."""
        _check_headers(request.headers)
        way = allowed(request.url, self._operator)
        for _ in range(1 + REDIRECTS_MAX):
            reply = await _exchange(way, request)
            onward = reply.headers.get("location")
            if reply.status not in _REDIRECTS or onward is None or request.method != "GET":
                return reply
            way = _redirected(way, onward)
        raise refused("TOOL_REDIRECTS", f"more than {REDIRECTS_MAX} redirects")


def allowed(url: str, operator: Operator) -> Way:
    """Returns the way to `url`, mapped by the operator; refuses what is neither public https nor listed."""
    parts = _parsed(url)
    host, port = str(parts.hostname), parts.port or _PORTS.get(parts.scheme, 0)
    mapped = operator.hosts.get(f"{host}:{port}") or operator.hosts.get(host)
    if mapped:
        target = urlsplit(mapped)
        rest = parts._replace(scheme=target.scheme, netloc=target.netloc).geturl()
        return Way(url=rest, host=str(target.hostname), port=target.port or _PORTS[target.scheme], trusted=True)
    if parts.scheme == "http" and host in _LOOPBACK and operator.allow_http_loopback:
        return Way(url=url, host=host, port=port, trusted=True)
    if parts.scheme != "https" or port != _PORTS["https"]:
        raise forbidden(f"{parts.scheme}://{host}:{port} is not https on port 443")
    return Way(url=url, host=host, port=port, trusted=False)


def forbidden(reason: str) -> CallRefused:
    """Returns the refusal of an address that must not be asked."""
    hint = "the operator file can map the host to an origin, or allow loopback"
    return refused("URL_FORBIDDEN", f"this address may not be asked: {reason}", hint=hint, left=False)


def _parsed(url: str) -> SplitResult:
    if len(url) > URL_MAX or not _VISIBLE.fullmatch(url) or "\\" in url:
        raise forbidden(f"it is longer than {URL_MAX} characters, or not plain ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise forbidden(str(error)) from error
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise forbidden("it holds a user name")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0:
        raise forbidden("it names no host")
    if _NUMBER.fullmatch(parts.hostname) and not literal(parts.hostname):
        raise forbidden("it writes an address as a number")
    return parts._replace(fragment="")


def _redirected(way: Way, onward: str) -> Way:
    """Returns the way onward on the same origin: credentials were meant for that one only."""
    url = urljoin(way.url, onward)
    parts, before = _parsed(url), urlsplit(way.url)
    if (parts.scheme, parts.netloc) != (before.scheme, before.netloc):
        raise forbidden(f"a redirect leads to another origin, {parts.hostname}")
    return msgspec.structs.replace(way, url=url)


async def _exchange(way: Way, request: Request) -> Reply:
    headers = {"User-Agent": "statewright", "Accept": "application/json", "Accept-Encoding": "identity"}
    backend = _Checked(way)
    try:
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
            pool.stream(
                request.method,
                way.url,
                headers=list(({**headers, **request.headers}).items()),
                content=request.body,
                extensions={"timeout": TIMEOUTS},
            ) as response,
        ):
            body = await _body(response)
            return Reply(status=response.status, headers=_text_headers(response.headers), body=body)
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout) as error:
        raise _lost(way, error, left=False) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        raise _lost(way, error, left=True) from error


def _lost(way: Way, error: Exception, *, left: bool) -> CallRefused:
    message = f"no answer from {way.host}:{way.port}: {type(error).__name__}"
    return unanswered("TOOL_CONNECTION_LOST", message) if left else unreached("TOOL_UNREACHABLE", message)


class _Checked(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to the first. TLS still asks for the name."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        address = host if self._way.trusted else await _public_address(host, port)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)


async def _public_address(host: str, port: int) -> str:
    addresses = [host] if literal(host) else await _resolved(host, port)
    if not addresses or not all(public(address) for address in addresses):
        raise forbidden(f"{host} does not lead to the public network only")
    return addresses[0]


async def _resolved(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unreached("TOOL_UNREACHABLE", f"the host {host!r} is not known") from error
    return [str(entry[4][0]) for entry in found]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes longer than many a request.
    return ssl.create_default_context()


async def _body(response: httpcore2.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_stream():
        body += chunk
        _check_size(len(body))
    encoding = dict(_text_headers(response.headers)).get("content-encoding", "identity")
    if encoding == "identity":
        return body
    # Some servers compress although they were asked not to. The bound holds for what comes out.
    try:
        decoded = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error as error:
        raise refused("TOOL_OUTPUT_INVALID", f"the body's encoding {encoding!r} cannot be read") from error
    _check_size(len(decoded))
    return decoded


def _check_size(size: int) -> None:
    if size > BODY_BYTES_MAX:
        raise refused("TOOL_OUTPUT_LIMIT", f"the body is larger than {BODY_BYTES_MAX} bytes")


def _text_headers(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _check_headers(headers: dict[str, str]) -> None:
    for name, value in headers.items():
        legal = _HEADER_NAME.fullmatch(name) and not _LINE_BREAK.search(value) and value.isascii()
        if not legal or name.lower() in _OWN_HEADERS:
            raise refused("HEADER_INVALID", f"the header {name[:80]!r} cannot be sent", left=False)
