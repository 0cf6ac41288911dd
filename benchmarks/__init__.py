"""Speeds as ratios against a named peer, both timed in turn in one run: `make bench` or `python -m benchmarks`."""
