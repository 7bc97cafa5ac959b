"""Months of a planned term: what its hours are sold at, what the books carry of its hardware."""
