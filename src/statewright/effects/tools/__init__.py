"""Tools act: Python functions, JavaScript in a sandbox, HTTP services. `tool.py` holds what they have in common."""
