"""What a key is: its type, range, unit, limit, source, and what is wrong with it."""
