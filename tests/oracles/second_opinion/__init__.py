"""A second opinion: an operator without luck, computed from docs/definitions.md alone."""
