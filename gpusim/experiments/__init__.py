"""Experiments: many replications, run on workers and kept as a run folder."""
