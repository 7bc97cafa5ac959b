"""Many points of a design, on threads, processes or a cluster."""
