"""From one model to another, step by step."""
