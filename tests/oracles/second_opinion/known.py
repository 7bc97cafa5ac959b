"""Faults of gpusim that are not yet mended, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended.
"""

KNOWN = {
    "late-sale": "GPUs beyond their life are sold only when their whole order is free, and only "
    "every 30 days from the end of their life; definitions: those that are free, on the day",
}
