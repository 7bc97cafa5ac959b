"""Runs whose inputs are drawn: sets, and what of a band is ignorance."""
