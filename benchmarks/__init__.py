"""Measures beside the peers: `python -m benchmarks`. What was measured, and how, is in docs/performance.md."""
