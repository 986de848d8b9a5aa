"""Talks to people: one file per command. Data goes to stdout, progress and problems to stderr; it decides nothing."""
