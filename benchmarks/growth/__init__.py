"""Measures how cost grows: with a run's tasks, with runs, with values, with a journal. Peers take no part."""
