"""TOML text: how deep it nests, where each key of it stands, and what it holds."""
