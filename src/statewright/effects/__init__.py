"""Effects do: each performer turns one kind of call into one answer. Only this room touches the world for a run."""
