"""Contracts from signature to renewal, their backlog, and customers."""
