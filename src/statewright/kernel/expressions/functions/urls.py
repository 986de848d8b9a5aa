"""URLs: taking apart, putting together, escaping, as Go does. The parts have the names that Sprig gives them."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import CHARACTERS_PER_STEP, Function
from statewright.kernel.expressions.run import Run

# RFC 3986, appendix B.
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_ESCAPE = re.compile(r"((?:%[0-9A-Fa-f]{2})+)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\] \"<>\\^`{}|]*)(?::\d*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-_.~")
_IN_PATH = _UNRESERVED | frozenset("$&+,/:;=@")
_IN_FRAGMENT = _IN_PATH | frozenset("!()*?")
_PARTS = ("scheme", "userinfo", "host", "path", "query", "fragment", "opaque")


def query_escaped(text: str) -> str:
    """Escapes a text for a URL's query: blanks become plus signs."""
    return "+".join(_escaped(word, _UNRESERVED) for word in text.split(" "))


def url_parse(text: str) -> dict[str, str]:
    """Returns the parts of a URL."""
    match = _URL.fullmatch(text)
    if match is None or _CONTROL.search(text):
        raise _no_url(text)
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    # A colon in the first part of a path could be that of a scheme.
    if not scheme and match.group(2) is None and ":" in path.partition("/")[0]:
        raise _no_url(text)
    userinfo, _, host = authority.rpartition("@")
    if not _HOST.fullmatch(host) or any(map(_BAD_ESCAPE.search, (userinfo, path, fragment))):
        raise _no_url(text)
    # Without slashes behind the scheme everything is opaque: mailto:a@b.
    opaque = path if scheme and match.group(2) is None and not path.startswith("/") else ""
    return {
        "fragment": _unescaped(fragment),
        "host": host,
        "hostname": _hostname(host),
        "opaque": opaque,
        "path": "" if opaque else _unescaped(path),
        "query": query,
        "scheme": scheme.lower(),
        "userinfo": userinfo,
    }


def url_join(run: Run, parts: dict[str, Any]) -> str:
    """Returns the URL that has these parts."""
    run.spend(sum(len(part) for part in parts.values() if isinstance(part, str)) // CHARACTERS_PER_STEP)
    scheme, userinfo, host, path, query, fragment, opaque = (str(parts.get(name) or "") for name in _PARTS)
    head = f"{scheme}:" if scheme else ""
    if opaque:
        head += opaque
    else:
        if host or userinfo or (scheme and path):
            head += "//" + (f"{userinfo}@" if userinfo else "") + host
        if path and not path.startswith("/") and host:
            head += "/"
        head += _escaped(path, _IN_PATH)
    return head + (f"?{query}" if query else "") + (f"#{_escaped(fragment, _IN_FRAGMENT)}" if fragment else "")


def _escaped(text: str, kept: frozenset[str]) -> str:
    return "".join(map(_escapes(kept).__getitem__, text.encode("utf-8", "replace")))


@cache
def _escapes(kept: frozenset[str]) -> tuple[str, ...]:
    """Returns what each byte becomes."""
    return tuple(chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in range(256))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: bytes.fromhex(found.group().replace("%", "")).decode("utf-8", "replace"), text)


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _no_url(text: str) -> ExpressionError:
    return ExpressionError("EXPR_ENCODING", f"{text!r} is not a URL")


FUNCTIONS = {
    "urlJoin": Function(url_join, "m", needs_run=True, cost=2),
    "urlParse": Function(url_parse, "S", cost=3),
}
