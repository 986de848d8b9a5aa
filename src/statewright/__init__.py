"""Statewright runs AI workflows and state machines deterministically: journaled, replayable, explainable."""

__version__ = "0.1.0"
