"""What came of each replication: how it ended, what it broke, what its backlog became."""
