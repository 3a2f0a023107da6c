"""Measures of a worker: `python -m tests.bench.worker`."""
