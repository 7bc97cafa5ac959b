"""Answers kept in a folder: listed, compared, verified, repeated, removed."""
