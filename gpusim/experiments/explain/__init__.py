"""Where a figure comes from, and one replication told day by day."""
