"""Engines: each turns (Book, World) into a final State and owns nothing but the agenda."""
