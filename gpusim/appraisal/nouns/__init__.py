"""What became of each contract and of each site of a run."""
