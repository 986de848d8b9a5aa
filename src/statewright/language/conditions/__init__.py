"""Reads bare conditions: texts without `{{ }}` in a subset of CEL, compiled to the nodes that templates have."""
