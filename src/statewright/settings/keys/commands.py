"""Keys of the command line: how it talks to a server, and how it shows things."""

from __future__ import annotations

from statewright.language.grammar.kinds import Boolean, Choice, Duration, Integer, Text
from statewright.settings.keys.key import SECOND, Key

COMMANDS = (
    Key(
        "cli.api_key", Text(), "The key that commands show to a server.", env=("COMPOZY_API_KEY",), flag="--api-key",
        secret=True,
    ),
    Key(
        "cli.base_url", Text(), "Where the server is.", "http://localhost:5001", env=("COMPOZY_BASE_URL",),
        flag="--base-url", also=("cli.server_url",), address=True,
    ),
    Key(
        "cli.timeout", Duration(), "How long it may take to answer.", 30 * SECOND, env=("COMPOZY_TIMEOUT",),
        flag="--timeout",
    ),
    Key(
        "cli.debug", Boolean(), "Whether a fault of ours leaves a report.", False, env=("COMPOZY_DEBUG",),
        flag="--debug",
    ),
    Key("cli.quiet", Boolean(), "Whether only results are printed.", False, env=("COMPOZY_QUIET",), flag="--quiet"),
    Key(
        "cli.default_format", Choice(("auto", "text", "json", "tui")), "How results are printed.", "auto",
        env=("COMPOZY_DEFAULT_FORMAT",), flag="--format",
    ),
    Key(
        "cli.color_mode", Choice(("auto", "on", "off")), "Whether there is colour.", "auto",
        env=("COMPOZY_COLOR_MODE",), flag="--color-mode",
    ),
    Key("cli.page_size", Integer(1, 1_000), "How long a list is.", 50, env=("COMPOZY_PAGE_SIZE",), flag="--page-size"),
    Key(
        "cli.interactive", Boolean(), "Whether commands may ask back.", False, env=("COMPOZY_INTERACTIVE",),
        flag="--interactive",
    ),
)  # fmt: skip
