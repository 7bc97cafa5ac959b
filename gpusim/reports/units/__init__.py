"""What `gpusim units` prints: of a model, by year, and of a run."""
