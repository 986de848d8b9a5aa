"""Task types, one file each: what YAML may say (`Fields`), and the moves that follow. `task.py` is common ground."""
