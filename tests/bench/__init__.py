"""The benchmarks: `scripts/bench`, `scripts/measure_vad`, and `python -m tests.bench.mcp`, `.recording_cost`."""
