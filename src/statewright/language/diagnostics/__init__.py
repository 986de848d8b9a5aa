"""Says what is wrong with a text: where, why, and what to do about it."""
