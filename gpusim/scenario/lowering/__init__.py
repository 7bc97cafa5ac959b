"""From a validated scenario to record tables, one module a group of nouns."""
