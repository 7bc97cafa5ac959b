"""The credit memo of a run, on a printed page and on a terminal."""
