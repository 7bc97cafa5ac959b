"""Faults of gpusim that are not yet mended, and what the definitions are silent on, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended, or the definitions say it.
"""

KNOWN: dict[str, str] = {}
