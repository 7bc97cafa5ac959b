"""Which option is better, and how sure that is."""
