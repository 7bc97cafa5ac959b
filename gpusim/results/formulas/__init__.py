"""Formulas of metrics by period: ratios of the firm, and figures of one loan or covenant."""
