"""Power bought ahead in a fixed volume, and load shed for pay: what they do to a bill."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_YEAR, add_months, part_of_days


@kernel
def agreed_price(price: float, escalation: float, since: int, first: int, last: int) -> float:
    """What power bought ahead costs, on average over the days first to last, in price's unit.

    price on its first day, since [day]; escalation at each anniversary of that [1/year]. first, no
    day before since, and last [day].
    Source: power purchase agreements, a price with a fixed annual escalator.

    >>> agreed_price(0.5, 0.5, 20454, 20454 + 365, 20454 + 366)  # from 2026-01-01
    0.75
    """
    if escalation == 0.0:
        return price
    years, level, total = ZERO, price, 0.0
    begins = since
    while begins <= last:
        years += 1
        ends = add_months(since, MONTHS_PER_YEAR * years)
        total += level * part_of_days(first, last, begins, ends)
        level *= 1.0 + escalation
        begins = ends
    return float(total)


@kernel
def beside_the_tariff(
    volume: float, energy: float, price: float, tariff: float, resale: float
) -> float:
    """What power bought ahead adds to a bill that has all energy at the tariff, in prices' money.

    volume bought and energy drawn [kWh]; price of the volume, tariff, resale of what is bought and
    not drawn [money/kWh]. Less than nothing where it makes the bill smaller.
    Source: block and index supply, in which a block of fixed price is paid whether drawn or not and
    netted from use (Constellation, "Index Plus Block"); baseload power purchase agreements.

    >>> beside_the_tariff(100.0, 80.0, 0.5, 0.75, 0.25), beside_the_tariff(100.0, 300.0, 1, 0.75, 0)
    (-15.0, 25.0)
    """
    used = min(volume, energy)
    return used * (price - tariff) + (volume - used) * (price - resale)


@kernel
def curtailment_payment(
    shed: float,
    enrolled: float,
    draw: float,
    load_factor: float,
    pue: float,
    share: float,
    price: float,
    standby: float,
) -> float:
    """What a site is paid for the load that it sheds, and for what stands ready to be shed.

    shed, enrolled [kW-days]: critical IT of GPUs while they are switched off for it, and on days on
    which they could be; draw of what runs, load_factor [share of IT power]; pue [ratio]; share of
    the load that may be shed; price [money/kWh]; standby [money/kW of the grid and day].
    Source: demand response, paid by energy reduced and by capacity enrolled (ERCOT load resources,
    PJM); interruptible rates of utilities, a credit by the kW.

    >>> curtailment_payment(10.0, 100.0, 0.75, 0.5, 1.25, 0.5, 0.5, 2.0)
    175.0
    """
    energy = shed * draw * pue * HOURS_PER_DAY
    return energy * price + enrolled * share * load_factor * pue * standby
