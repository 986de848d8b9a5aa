"""Everything that templates can call: one file per group, one table over all of them in `registry`.

`signature` says what a function takes. A function is a plain Python function over plain values; it never sees a node.
"""
