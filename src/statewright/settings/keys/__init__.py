"""The table of every key that configures the program, a file per part of it. Data, no code."""
