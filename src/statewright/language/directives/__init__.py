"""Resolves `$ref`, `$use` and `$merge`."""
