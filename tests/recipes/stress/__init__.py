"""One model under a list of shocks, each against the model as it is."""
