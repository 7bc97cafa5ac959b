"""Double entry, statements, tax, costs, leases and measures."""
