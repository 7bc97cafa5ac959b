"""Debt service: what falls due, what is foreseen of it, and who is paid first."""
