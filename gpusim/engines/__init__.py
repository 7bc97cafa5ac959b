"""Engines: each owns only the order of events; the rules are in economics."""
