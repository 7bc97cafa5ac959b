"""Faults of gpusim that are not yet mended, and what the definitions are silent on, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended, or the definitions say it.
"""

CENTS = "a renewal's price from a day in whole cents"
INTEREST = "impairment before the month's interest"
TODAY = "what is left weighed with the day of notice"
MONTHS = "months of what is left"
KNOWN: dict[str, str] = {
    CENTS: "After prices that step the last day's price is taken from amounts in whole cents: a "
    "renewal at a share of it is off by up to a cent a day and lot.",
    INTEREST: "Servers are tested before the month's interest is capitalised into them: more than "
    "they would fetch stays in the books. The definitions do not say the order.",
    TODAY: "The price of what is left is held against the market with the day of the month's "
    "end in it, which is earned already.",
    MONTHS: "How many months the days that are left are where the market's price goes by the "
    "term: the definitions do not say; whole ones, by what it does.",
}
