"""Memory remembers conversations for agents, exactly once, in the run's own store."""
