"""`statewright help [TOPIC]`: explains what no single command's page can."""

from __future__ import annotations

from statewright.cli import exit_codes
from statewright.cli.commands import command_tree
from statewright.cli.terminal import emit
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError
from statewright.language.diagnostics.diagnostic import did_you_mean

TOPICS = {"exit-codes": exit_codes.listed}


def help_on(topic: str = "", /) -> int:
    """Explain a topic.

    Parameters
    ----------
    topic
        exit-codes: what the numbers mean that commands leave with.
    """
    if not topic:
        command_tree().help_print([])
    elif topic in TOPICS:
        emit(TOPICS[topic]())
    else:
        hint = did_you_mean(topic, TOPICS, listed="topics")
        raise StatewrightError("TOPIC_UNKNOWN", f"there is no topic {topic!r}", hint=hint, exit_code=EXIT_NOT_FOUND)
    return EXIT_DONE
