"""Faults of gpusim that are not yet mended, and what the definitions are silent on, by name.

Our own program says on its way where one bears (`Operator.meet`); such an operator is drawn anew.
Take a name out once its fault is mended, or the definitions say it.
"""

KNOWN: dict[str, str] = {
    "last-month": "hours that were missing in the month in which a tranche ends are billed; "
    "definitions: hours of failed GPUs are not billed",
    "first-day": "replacements and spares are counted on the month's last day: what ends or comes "
    "free on the first bears on nothing; definitions: what ends, then orders",
    "over-by-then": "silent: whether replacements on their way to a contract that is over before a "
    "GPU ordered now could come, and its own GPUs, count for those that stay",
    "whose-turn": "silent: how failures are shared, whole GPUs, among several tranches that wait, "
    "and which of them has the first replacements",
    "loose-spares": "loose GPUs that stand in for spares are counted among those that spares are a "
    "share of, so that too many are bought; definitions: of accepted GPUs, themselves included",
}
