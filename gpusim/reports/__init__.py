"""Reports: figures of a run as tables people read. Never simulates."""
