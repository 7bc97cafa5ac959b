"""By what planned cash is judged: when it counts, and the return asked for."""
