"""`statewright explain [CODE]`: what a code means, what causes it and what to do."""

from __future__ import annotations

from statewright.cli import exit_codes
from statewright.cli.options import Told
from statewright.cli.pages import listing, page, pages
from statewright.cli.terminal import emit, paint, to_json
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError
from statewright.language.diagnostics.diagnostic import did_you_mean

_EXIT_CODES = "exit-codes"


def explain(code: str = "", /, *, output: Told = "text") -> int:
    """Explain a code that an error or a warning shows.

    Parameters
    ----------
    code
        The code, as in REF_NOT_FOUND, or exit-codes; all of them by topic if not given.
    """
    if code == _EXIT_CODES:
        emit(exit_codes.listed())
        return EXIT_DONE
    if not code:
        known = [{"code": one.code, "topic": one.topic, "title": one.title} for one in pages()]
        emit(to_json({"codes": known}) if output == "json" else listing())
        return EXIT_DONE
    found = page(code.strip().upper().replace("-", "_"))
    if found is None:
        hint = did_you_mean(code.upper(), (one.code for one in pages())) or "see all of them with: statewright explain"
        raise StatewrightError("CODE_UNKNOWN", f"there is no code {code!r}", hint=hint, exit_code=EXIT_NOT_FOUND)
    if output == "json":
        emit(to_json({"code": found.code, "topic": found.topic, "title": found.title, "text": found.text}))
    else:
        emit(f"{paint(found.code, 'bold', 'stdout')}\n\n{found.text}")
    return EXIT_DONE
