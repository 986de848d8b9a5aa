"""Memory keeps conversations in the run's own store, exactly once, by the rules that travel with each request."""
