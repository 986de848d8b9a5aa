"""Reads: YAML text in, programs and diagnostics out. Pure: files come through functions, nothing raises on bad input.

The way of a file: `source` (text to marked data), `resolve` (directives), `project` and the entity files (ids to
definitions), `compile` (tasks to nodes), `check` (proofs). `loader` is the door.
"""
