"""The joins: the opening, the month end, settling what is due, and the end of a firm."""
