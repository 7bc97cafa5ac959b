"""The folder that work is kept in: written whole, read with care."""
