"""The verdict of a run: chances by year, what converts, what owners get, what binds."""
