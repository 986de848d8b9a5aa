"""Compiles the tasks of a workflow to nodes."""
