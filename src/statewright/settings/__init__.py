"""Says how to run: configuration from flags, the project file, variables and defaults, each value with its origin.

`place.py` answers what every command asks; `resolving.py` answers for every key of `registry.py`.
"""
