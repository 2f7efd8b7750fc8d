"""Benchmarks: each prints a table, writes build/bench/NAME.json, and checks with CHECK=1."""
