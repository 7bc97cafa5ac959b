"""The rows of each noun on the as-of day."""
