"""What some texts must look like: versions, addresses, dates. Texts with a template are not looked at here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from statewright.kernel.expressions.functions.zones import is_zone, zone_names
from statewright.language.yaml.reading import is_identifier

# Longer than any address that works; nothing else here comes near.
_LENGTH_MAX = 2_048
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"


class Format(msgspec.Struct, frozen=True):
    """`fits` decides; `pattern` is the same for the JSON Schema, as far as a pattern can say it.

    A message shows the value only where that cannot be half of an address with a password.
    """

    what: str
    hint: str
    fits: Callable[[str], bool]
    pattern: str = ""
    code: str = "FORMAT_INVALID"
    message: str = "{key} must be {what}"
    names: Callable[[], Iterable[str]] = tuple


def _like(what: str, pattern: str, hint: str) -> Format:
    matches = re.compile(pattern)
    return Format(
        what, hint, lambda text: len(text) <= _LENGTH_MAX and matches.fullmatch(text) is not None, f"^{pattern}$"
    )


# The original engine's rule for names (workflows.md 2.1).
PROJECT_NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]{0,62}")

FORMATS: dict[str, Format] = {
    "identifier": Format("an id", "use letters, digits, '-' and '_'", is_identifier, code="ID_INVALID"),
    "project-name": Format(
        "a project's name",
        "letters, digits, '-' and '_', at most 63, no digit first",
        lambda text: PROJECT_NAME.fullmatch(text) is not None,
        f"^{PROJECT_NAME.pattern}$",
        "ID_INVALID",
        "{value} cannot be {what}",
    ),
    "semver": _like(
        "a semantic version",
        r"v?[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?",
        "up to three numbers, as in 1.0.0 or 2.1.0-beta.1",
    ),
    "email": _like("an e-mail address", r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+", "as in ada@example.com"),
    "url": _like("a web address", r"https?://[^\s/?#]+[^\s]*", "it begins with http:// or https://"),
    "date": _like("a date", _DATE, "as in 2025-03-26"),
    "rfc3339": _like(
        "a moment",
        _DATE + r"[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
        "with its offset, as in 2026-01-31T09:00:00Z",
    ),
    "metrics-path": _like(
        "a path for metrics",
        r"/(?!api/)[^?\s]*",
        "it begins with '/', lies outside of /api/ and has no query, as in /metrics",
    ),
    "timezone": Format(
        "a time zone",
        "a name of the IANA database, as in Europe/Berlin",
        is_zone,
        code="TIMEZONE_UNKNOWN",
        message="there is no time zone {value}",
        names=zone_names,
    ),
    "slug": _like("a slug", r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", "letters, digits, '-' and '_', as in stripe-payments"),
}
