"""One rendering of one template: the flags it takes, and its value or what is wrong with it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from cyclopts import Parameter

from statewright.errors import StatewrightError
from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.lexer import Mode
from statewright.language.templates.problems import TemplateSyntaxError

# What the place of a problem is called, as a file's name is elsewhere.
SOURCE = "template"
MissingKey = Literal["default", "zero", "invalid", "error"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEED_BYTES = 16


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Rendering:
    """What a template is rendered with, besides its data. A dataclass, because cyclopts makes flags of one."""

    mode: Annotated[Mode, Parameter(show_default=True)] = "go"
    """go renders as Go with Sprig does; workflow as a workflow does, with operators and native values."""
    missing_key: Annotated[MissingKey, Parameter(show_default=True)] = "default"
    """Go's option of that name."""
    now: str = ""
    """The time that `now` gives, as 2026-01-31T12:00:00Z; the clock's if not given."""
    seed: str = ""
    """Hexadecimal; the same seed draws the same random values."""

    def now_ms(self) -> int:
        """Returns the time in milliseconds since 1970."""
        if not self.now:
            return time.time_ns() // 1_000_000
        try:
            at = datetime.fromisoformat(self.now)
        except ValueError:
            message = f"--now {self.now!r} is not a time"
            raise StatewrightError("TIME_INVALID", message, hint="use: --now 2026-01-31T12:00:00Z") from None
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)

    def drawn_from(self) -> bytes:
        """Returns the seed."""
        try:
            return bytes.fromhex(self.seed) if self.seed else os.urandom(_SEED_BYTES)
        except ValueError:
            message = f"--seed {self.seed!r} is not hexadecimal"
            raise StatewrightError("SEED_INVALID", message, hint="use: --seed 00ff") from None


AS_GO = Rendering()


def rendered(template: str, data: Json, how: Rendering, *, now_ms: int, seed: bytes) -> Json | Diagnostic:
    """Returns what the template gives, or what is wrong with it and where."""
    try:
        compiled = parse_template(template, mode=how.mode, missing_key=how.missing_key)
        return compiled.evaluate(Scope(data, now_ms, draws=Draws(seed)))
    except (TemplateSyntaxError, ExpressionError) as error:
        return _diagnostic(error, template)


def _diagnostic(error: TemplateSyntaxError | ExpressionError, text: str) -> Diagnostic:
    begin = text.rfind("\n", 0, error.start) + 1
    line_end = text.find("\n", error.start)
    end = min(error.end, line_end if line_end >= 0 else len(text))
    is_placed = bool(error.end)
    return Diagnostic(
        code=error.code,
        message=error.message,
        file=SOURCE,
        line=text.count("\n", 0, error.start) + 1 if is_placed else 0,
        column=error.start - begin + 1 if is_placed else 0,
        end_column=end - begin + 1 if is_placed else 0,
        hint=error.hint,
    )
