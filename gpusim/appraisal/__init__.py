"""Unit economics and returns: of a contract from its terms, and of what a run made real."""
