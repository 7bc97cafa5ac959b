"""Faults of gpusim that are not yet mended, and what the definitions are silent on, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended, or the definitions say it.
"""

INTEREST = "impairment before the month's interest"
MONTHS = "months of what is left"
KNOWN: dict[str, str] = {
    INTEREST: "Servers are tested before the month's interest is capitalised into them: more than "
    "they would fetch stays in the books. The definitions do not say the order.",
    MONTHS: "How many months the days that are left are where the market's price goes by the "
    "term: the definitions do not say; whole ones, by what it does.",
}
