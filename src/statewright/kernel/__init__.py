"""The kernel decides: program, state and event in; patch and effects out. It is pure and opens nothing."""
