"""Faults of gpusim that are not yet mended, and what the definitions are silent on, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended, or the definitions say it.
"""

KNOWN: dict[str, str] = {
    "bill-first": "a supplier's bill is paid on its day also from cash that unpaid amounts wait "
    "for which rank before it; definitions: from cash that nothing ranking before it "
    "waits for",
}
