"""The door of a folder in use: its owner performs what other processes of the same user ask for.

The owner opens a `Door` (`serving.py`); a process that finds the folder locked becomes a `Guest` (`guest.py`) through
`entering.py`. What they say to each other stands in `lines.py`.
"""
