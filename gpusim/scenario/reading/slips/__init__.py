"""What was meant by a text that is no TOML."""
