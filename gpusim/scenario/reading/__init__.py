"""From files and settings to one tree of values."""
