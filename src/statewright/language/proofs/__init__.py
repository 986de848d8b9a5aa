"""Proves what other systems find out in production."""
