"""How a story says names, amounts and days."""

from __future__ import annotations

import re

from gpusim.units_of_measure import CENTS_PER_USD, date_of

MILLION = 1_000_000
WATTS_PER_MW = 1_000_000
NUMBERED = re.compile(r"\.(phase|tranche|lot)s?\.(\d+)")
COUNTED = re.compile(r"\.(renewal|rest)\.(\d+)")
BOUGHT_FOR = re.compile(r"^(replacement|spares|upkeep|pool)\.(\d+)$")
AIMS = {
    "replacement": "the replacement of failed GPUs",
    "spares": "spares to stand in for GPUs that fail",
    "upkeep": "spares and the replacement of failed GPUs",
    "pool": "contracts to come",
}


def plain(name: str) -> str:
    """A row's name as one would say it, counted from 1.

    >>> plain("alpha.phases.0"), plain("anchor.tranches.1.lot.0")
    ('alpha phase 1', 'anchor tranche 2 lot 1')
    >>> plain("anchor.renewal.1.tranches.0")
    'anchor renewal 1 tranche 1'
    >>> plain("replacement.2"), plain("pool.5")
    ('the replacement of failed GPUs (order 2)', 'contracts to come (order 5)')
    >>> plain("upkeep.5")
    'spares and the replacement of failed GPUs (order 5)'
    """
    if aim := BOUGHT_FOR.match(name):
        return f"{AIMS[aim[1]]} (order {aim[2]})"
    said = NUMBERED.sub(lambda m: f" {m[1]} {int(m[2]) + 1}", name)
    return COUNTED.sub(r" \1 \2", said)


def usd(cents: int) -> str:
    """An amount in millions of US dollars, to three or four digits.

    >>> usd(183_400_000_000), usd(3_856_000_000), usd(-41_234_500), usd(0)
    ('USD 1,834m', 'USD 38.6m', 'USD -0.41m', 'USD 0m')
    """
    millions = cents / CENTS_PER_USD / MILLION
    size = abs(millions)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 1 else 2
    return f"USD {millions:,.{digits}f}m"


def megawatts(watts: int) -> str:
    """Power.

    >>> megawatts(50_000_000), megawatts(12_500_000)
    ('50 MW', '12.5 MW')
    """
    return f"{watts / WATTS_PER_MW:,.6g} MW"


def days(count: int) -> str:
    """A number of days.

    >>> days(1), days(43)
    ('1 day', '43 days')
    """
    return f"{count:,} day" if count == 1 else f"{count:,} days"


def against_plan(late: int) -> str:
    """How far from the plan, to follow a sentence; nothing if on the day.

    >>> against_plan(43), against_plan(-1), against_plan(0)
    (', 43 days late', ', 1 day early', '')
    """
    if late == 0:
        return ""
    return f", {days(abs(late))} {'late' if late > 0 else 'early'}"


def date(day: int) -> str:
    """An ISO date.

    >>> date(20600)
    '2026-05-27'
    """
    return date_of(day).isoformat()


def series(names: list[str]) -> str:
    """Names one after the other.

    >>> series(["a"]), series(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
