"""URLs: taking apart, putting together, escaping. The parts have the names that Sprig gives them."""

from __future__ import annotations

import re
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function

# RFC 3986, appendix B.
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def query_escaped(text: str) -> str:
    """Escapes a text for a URL's query: blanks become plus signs."""
    return "".join(
        char if char in _UNRESERVED else "+" if char == " " else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in text
    )


def url_parse(text: str) -> dict[str, str]:
    """Returns the parts of a URL."""
    match = _URL.fullmatch(text)
    if match is None or any(char.isspace() or char < " " for char in text):
        raise ExpressionError("EXPR_ENCODING", f"{text!r} is not a URL")
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    userinfo, _, host = authority.rpartition("@")
    # Without slashes behind the scheme everything is opaque: mailto:a@b.
    opaque = path if scheme and match.group(2) is None and not path.startswith("/") else ""
    return {
        "fragment": fragment,
        "host": host,
        "hostname": _hostname(host),
        "opaque": opaque,
        "path": "" if opaque else path,
        "query": query,
        "scheme": scheme.lower(),
        "userinfo": userinfo,
    }


def url_join(parts: dict[str, Any]) -> str:
    """Returns the URL that has these parts."""
    fields = {name: str(parts.get(name) or "") for name in ("scheme", "userinfo", "host", "path", "query", "fragment")}
    head = f"{fields['scheme']}:" if fields["scheme"] else ""
    if fields["host"] or fields["userinfo"]:
        head += "//" + (f"{fields['userinfo']}@" if fields["userinfo"] else "") + fields["host"]
        if fields["path"] and not fields["path"].startswith("/"):
            head += "/"
    elif parts.get("opaque"):
        head += str(parts["opaque"])
    query = f"?{fields['query']}" if fields["query"] else ""
    fragment = f"#{fields['fragment']}" if fields["fragment"] else ""
    return head + fields["path"] + query + fragment


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


FUNCTIONS = {
    "urlJoin": Function(url_join, "m", cost=2),
    "urlParse": Function(url_parse, "s", cost=3),
}
