"""Example texts for the formats of JSON Schema. Names and addresses are those reserved for documentation."""

from __future__ import annotations

from collections.abc import Callable

# Makes a text of a word of the question and a draw of numbers below a limit.
Make = Callable[[str, Callable[[int], int]], str]


def _host(word: str) -> str:
    letters = "".join(letter for letter in word if letter.isascii() and letter.isalnum())
    return f"{letters[:40] or 'word'}.example.com"


def _date(draw: Callable[[int], int]) -> str:
    day = draw(12 * 28)
    return f"2025-{day // 28 + 1:02}-{day % 28 + 1:02}"


def _time(draw: Callable[[int], int]) -> str:
    second = draw(24 * 60 * 60)
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def _uuid(draw: Callable[[int], int]) -> str:
    text = f"{draw(16**12):012x}"
    return f"{text[:8]}-{text[8:]}-4000-8000-{text}"


FORMATS: dict[str, Make] = {
    "date": lambda word, draw: _date(draw),
    "time": lambda word, draw: _time(draw),
    "date-time": lambda word, draw: f"{_date(draw)}T{_time(draw)}",
    "duration": lambda word, draw: f"PT{1 + draw(48)}H",
    "email": lambda word, draw: f"someone@{_host(word)}",
    "idn-email": lambda word, draw: f"someone@{_host(word)}",
    "hostname": lambda word, draw: _host(word),
    "idn-hostname": lambda word, draw: _host(word),
    "ipv4": lambda word, draw: f"192.0.2.{1 + draw(254)}",
    "ipv6": lambda word, draw: f"2001:db8::{1 + draw(254):x}",
    "uri": lambda word, draw: f"https://{_host(word)}/{draw(1000)}",
    "uri-reference": lambda word, draw: f"https://{_host(word)}/{draw(1000)}",
    "iri": lambda word, draw: f"https://{_host(word)}/{draw(1000)}",
    "iri-reference": lambda word, draw: f"https://{_host(word)}/{draw(1000)}",
    "uri-template": lambda word, draw: f"https://{_host(word)}/{{id}}",
    "uuid": lambda word, draw: _uuid(draw),
    "json-pointer": lambda word, draw: f"/{draw(100)}",
    "relative-json-pointer": lambda word, draw: str(draw(10)),
    "regex": lambda word, draw: "^[a-z]+$",
}
