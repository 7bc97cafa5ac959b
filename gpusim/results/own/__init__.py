"""A user's own metrics: declared as gpusim's are, worked out one replication at a time."""
