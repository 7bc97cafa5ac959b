"""Faults of gpusim that are not yet mended, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended.
"""

KNOWN: dict[str, str] = {}
