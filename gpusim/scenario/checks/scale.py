"""Amounts and dates against the model's own scale: a loan of USD 250, a start in 2092.

What is right alone and hardly meant in this model: commitments against the hardware they are to
pay for, overheads against what all sites could earn, starts after the run, prices of nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from gpusim.economics.core.calendar import HOURS_PER_MONTH
from gpusim.economics.decisions.cost_bases import BASES, TIME
from gpusim.scenario.checks.plausible import shown, unit_of
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading.tree import paths_of
from gpusim.scenario.starting.filling import FILLED
from gpusim.scenario.tables.lending.cost_base import part_of
from gpusim.scenario.tables.plant.building import buildings_of
from gpusim.scenario.tables.sales.prices import rate
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import add_months

if TYPE_CHECKING:
    from gpusim.scenario.language.dated import Dated
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.lending.debt import Debt
    from gpusim.scenario.tables.lending.programme import Programme
    from gpusim.scenario.tables.lending.shares import Shares

MONTHS_PER_QUARTER: Final = 3
FAR: Final = 100
"""Times its scale from which an amount is said: slips of unit are a thousand or a million."""
MILLION: Final = 1e6
THOUSAND: Final = 1e3
UNDRAWN: Final = 3
"""Times what a loan is to pay for from which its commitment is said."""
DRAWN: Final = "delayed-draw"
TAKE_OR_PAY: Final = "take-or-pay"
BACKSTOP: Final = "backstop"
_TOLD: Final = {
    "until": ("a cost that ends on", "it costs nothing"),
    "from": ("a cost that begins on", "it costs nothing"),
    "one_offs": ("a cost that falls on", "it costs nothing"),
    "steps": ("rates that begin on", "they change nothing"),
    "tariff_steps": ("prices of power that begin on", "they change nothing"),
    "outages": ("an outage that begins on", "it costs nothing"),
    "ppa": ("power bought ahead that begins or ends on", "it costs nothing"),
    "curtailment": ("a curtailment that begins or ends on", "nothing is shed"),
}


def off_scale(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Every amount or date that hardly fits the model it stands in."""
    yield from _commitments(scenario)
    yield from _bought_ahead(scenario)
    yield from _reserves(scenario)
    yield from _overheads(scenario)
    yield from _costs_without_a_rate(scenario)
    yield from _costs_of_other_years(scenario)
    yield from _late_starts(scenario)
    yield from _prices_of_nothing(scenario)
    yield from _shares_above_the_advance(scenario)
    yield from _counted_for_nothing(scenario)
    yield from _interest_not_drawn(scenario)
    yield from _orders(scenario)
    yield from _few_dollars(scenario)


def _commitments(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Loans a hundred times too small or too large for the new hardware that names them."""
    cost: Counter[str] = Counter()
    for contract in _bought(scenario):
        price = scenario.gpus[contract.gpu].capex_usd_per_gpu
        planned = sum(t.gpus for t in contract.tranches if t.hardware.status == "planned")
        for name in {contract.facility, contract.vendor} - {""}:
            cost[name] += round(planned * price)
    for order in scenario.orders.values():
        price = scenario.gpus[order.gpu].capex_usd_per_gpu
        for name in {order.facility, order.vendor} - {""}:
            cost[name] += round(order.cost(price))
    for site in scenario.sites.values():
        for _, phase, building in buildings_of(site):
            if building.facility:
                cost[building.facility] += round(building.usd_per_mw * phase.it_mw)
    for name, debt in scenario.debt.items():
        whole, lent = cost[name], debt.commitment_usd
        if whole and lent and not whole / FAR <= lent <= whole * FAR:
            size = "small" if lent < whole else "large"
            yield (
                ("debt", name, "commitment_usd"),
                f"the commitment of {name}, USD {shown(lent)}, is {size} for the hardware of "
                f"USD {shown(whole / MILLION)}m that it is to pay for: thousands or millions?",
            )
        elif debt.kind == DRAWN and whole and lent > UNDRAWN * whole:
            yield (
                ("debt", name, "commitment_usd"),
                f"the commitment of {name}, USD {shown(lent / MILLION)}m, is {lent / whole:.1f} "
                f"times the USD {shown(whole / MILLION)}m that it is to pay for: "
                "the rest is never drawn",
            )


def _bought_ahead(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Agreements of more power than their site can draw, with all of its phases in use."""
    for name, site in scenario.sites.items():
        power = sum(phase.it_mw for phase in site.phases)
        most = power * site.pue
        if site.ppa and site.ppa.mw > most > 0:
            back = site.ppa.resale_usd_per_kwh
            sold = "what is not drawn is sold back"
            if not back and not site.ppa.resale_tariff_share:
                sold = "what is not drawn is paid for and brings nothing"
            yield (
                ("sites", name, "ppa", "mw"),
                f"sites.{name}.ppa.mw is {shown(site.ppa.mw)}, {site.ppa.mw / most:.2g} times the "
                f"{most:,.4g} MW that {name} draws with all of its {shown(power)} MW of IT in use, "
                f"at a pue of {shown(site.pue)}: {sold}",
            )


def _reserves(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Reserve accounts of more months of debt service than a draw is repaid in."""
    for name, debt in scenario.debt.items():
        months = debt.amortisation.months if debt.amortisation else 0
        if 0 < months < debt.reserve_months:
            yield (
                ("debt", name, "reserve_months"),
                f"the reserve of {name} is of {debt.reserve_months} months of debt service, and a "
                f"draw is repaid in {months}: it keeps more than is ever owed",
            )


def _overheads(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """A cost line that costs more a month than all sites could earn when full."""
    earned = full_month(scenario)
    for name, line in scenario.overheads.items():
        places: list[tuple[KeyPath, float | None]] = [((), line.stated(BASES[TIME]))]
        places += [
            (("steps", k), own.stated(BASES[TIME])) for k, own in enumerate(line.steps or ())
        ]
        for place, monthly in places:
            if monthly and 0 < earned < monthly:
                yield (
                    ("overheads", name, *place, BASES[TIME].key),
                    f"the overhead {name}, USD {shown(monthly / MILLION)}m a month, is more "
                    f"than the USD {earned / MILLION:,.1f}m that all sites would earn in a month "
                    "if they were full at the best price of the model: a year's amount, or "
                    "thousands?",
                )


def _costs_without_a_rate(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Cost lines that state no rate, no step and no one-off cost; one of 0 is meant."""
    for name, line in scenario.overheads.items():
        stated = any(basis.key in line.model_fields_set for basis in BASES)
        if not (stated or line.steps or line.one_offs):
            keys = ", ".join(basis.key for basis in BASES)
            yield (
                ("overheads", name),
                f"overhead {name} costs nothing: it has no steps, no one_offs and none of {keys}",
            )


def _costs_of_other_years(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Costs and steps of costs that lie before the run or more than a quarter after it."""
    as_of = scenario.model.as_of
    last = add_months(as_of, MONTHS_PER_QUARTER * scenario.model.quarters)
    out = list(_days_of_other_years(scenario, add_months(last, MONTHS_PER_QUARTER)))
    if out:
        path, day = out[0]
        more = f", and so for {len(out) - 1:,} more like it" if len(out) > 1 else ""
        told, effect = _TOLD[str(path[2])]
        whose = "site" if path[0] == "sites" else "overhead"
        yield (
            path,
            f"{whose} {path[1]} has {told} {day}, outside the run of "
            f"{as_of + dt.timedelta(1)} to {last}: {effect} there{more}",
        )


def _days_of_other_years(scenario: Scenario, latest: dt.date) -> Iterator[tuple[KeyPath, dt.date]]:
    """Dates of costs of which no day of the run is: until the as-of day, or after the latest."""
    as_of = scenario.model.as_of
    for name, line in scenario.overheads.items():
        if line.until and line.until <= as_of:
            yield ("overheads", name, "until"), line.until
        if line.runs_from and line.runs_from > latest:
            yield ("overheads", name, "from"), line.runs_from
        for k, cost in enumerate(line.one_offs or ()):
            if not as_of < cost.date <= latest:
                yield ("overheads", name, "one_offs", k, "date"), cost.date
        yield from _late_steps(("overheads", name, "steps"), line.steps or (), latest)
    for name, site in scenario.sites.items():
        steps = site.tariff_steps or ()
        yield from _late_steps(("sites", name, "tariff_steps"), steps, latest)
        if site.ppa and site.ppa.until and site.ppa.until <= as_of:
            yield ("sites", name, "ppa", "until"), site.ppa.until
        if site.ppa and site.ppa.runs_from > latest:
            yield ("sites", name, "ppa", "from"), site.ppa.runs_from
        shed = site.curtailment
        if shed and shed.until and shed.until <= as_of:
            yield ("sites", name, "curtailment", "until"), shed.until
        if shed and shed.runs_from and shed.runs_from > latest:
            yield ("sites", name, "curtailment", "from"), shed.runs_from
        for k, outage in enumerate(site.outages.dated if site.outages else ()):
            begins = dt.datetime.combine(outage.date, dt.time())
            over = begins + dt.timedelta(hours=outage.hours)
            first = dt.datetime.combine(as_of + dt.timedelta(1), dt.time())
            if outage.date > latest or over <= first:
                yield ("sites", name, "outages", "dated", k, "date"), outage.date


def _late_steps(
    at: KeyPath, steps: Sequence[Dated], latest: dt.date
) -> Iterator[tuple[KeyPath, dt.date]]:
    """Steps of a list that begin after a day. One of before the run holds on its first day."""
    for k, step in enumerate(steps):
        if step.date > latest:
            yield (*at, k, "date"), step.date


def full_month(scenario: Scenario) -> float:
    """Revenue of a month with all power of all sites in use at the best price a kW [USD]."""
    prices = [(gpu, own.on_demand_usd_per_gpu_hour) for gpu, own in scenario.gpus.items()]
    for contract in _bought(scenario):
        prices += [(contract.gpu, price) for price in _prices(contract)]
    best = max((usd / scenario.gpus[gpu].it_kw_per_gpu for gpu, usd in prices), default=0.0)
    let = [c for c in scenario.contracts.values() if c.kind == TENANCY and c.price is not None]
    rents = [max(rate(c, month) for month in range(c.term_months)) for c in let]
    best = max(best, *(rent / HOURS_PER_MONTH for rent in rents), 0.0)
    power = sum(phase.it_mw for site in scenario.sites.values() for phase in site.phases)
    return 1_000 * power * HOURS_PER_MONTH * best


def _bought(scenario: Scenario) -> list[Contract]:
    """Contracts for GPUs; a backstop has none."""
    return [c for c in scenario.contracts.values() if c.kind == TAKE_OR_PAY]


def _prices(contract: Contract) -> Iterator[float]:
    """Its prices, and those of its tranches that state their value [USD/GPU-hour]."""
    yield contract.price_usd_per_gpu_hour or 0.0
    yield from (step.price for step in contract.price_steps)
    for tranche in contract.tranches:
        if tranche.value_usd:
            months = tranche.term_months or contract.term_months
            yield tranche.value_usd / (months * HOURS_PER_MONTH * tranche.gpus)


def _late_starts(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Tranches that start more than a quarter after the run's last day, the first one named."""
    last = add_months(scenario.model.as_of, MONTHS_PER_QUARTER * scenario.model.quarters)
    late: list[tuple[KeyPath, dt.date]] = [
        (("contracts", name, "tranches", k, "start"), tranche.start)
        for name, contract in scenario.contracts.items()
        for k, tranche in enumerate(contract.tranches)
        if tranche.start > add_months(last, MONTHS_PER_QUARTER)
    ]
    if late:
        path, start = late[0]
        more = f", and so for {len(late) - 1:,} more like it" if len(late) > 1 else ""
        yield (
            path,
            f"contract {path[1]} has a start on {start}, after the run's last day {last}: its "
            f"value counts in the backlog and nothing of it is billed{more}",
        )


def _prices_of_nothing(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Prices of 0, which is what is typed for one not known yet."""
    for name, contract in scenario.contracts.items():
        stated = all(tranche.value_usd for tranche in contract.tranches)
        if contract.kind != BACKSTOP and contract.price == 0 and not (stated and contract.tranches):
            bought = "its GPUs are bought and served for nothing"
            told = bought if contract.kind == TAKE_OR_PAY else "its power is let for nothing"
            yield (
                ("contracts", name, contract.price_key),
                f"contract {name} has a price of 0: {told}",
            )
    for name, gpu in scenario.gpus.items():
        if gpu.capex_usd_per_gpu == 0:
            yield (
                ("gpus", name, "capex_usd_per_gpu"),
                f"{name} has a price of 0: this hardware costs nothing",
            )


def _shares_above_the_advance(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Who asks more of a loan than it advances: the advance rate is drawn."""
    most = {name: debt.advance_rate for name, debt in scenario.debt.items()}
    bought: list[tuple[str, str, Shares, float]] = [
        *(
            ("contract", name, own, scenario.advance_rate(name))
            for name, own in scenario.contracts.items()
        ),
        *(
            ("order", name, own, most.get(own.facility, 0.0))
            for name, own in scenario.orders.items()
        ),
    ]
    for noun, name, own, advanced in bought:
        asked = own.loan_share or 0.0
        if asked > advanced:
            yield (
                (f"{noun}s", name, "loan_share"),
                f"{noun} {name} asks its loan for {asked:.10g} of its hardware's cost, more than "
                f"{own.facility} advances: its advance_rate of {advanced:.10g} is drawn",
            )


def _counted_for_nothing(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Loans that count what they have not in the cost that they advance on."""
    lenders: list[tuple[KeyPath, Debt | Programme]] = [
        (("debt", name), debt) for name, debt in scenario.debt.items()
    ]
    if scenario.programme:
        lenders.append((("programme",), scenario.programme))
    for path, terms in lenders:
        for place, word in enumerate(terms.cost_base or ()):
            if word != "interest" and part_of(terms, word, scenario.base_rate) == 0:
                yield (
                    (*path, "cost_base", place),
                    f"{path[-1]} counts its {word} in the cost that it advances on, and has none",
                )


def _interest_not_drawn(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Loans that count their interest, and cannot be drawn for it or for all of it."""
    for name, debt in scenario.debt.items():
        own = [c for c in scenario.contracts.values() if c.facility == name]
        starts = [tranche.start for contract in own for tranche in contract.tranches]
        if "interest" not in (debt.cost_base or ()) or not starts or debt.available_to is None:
            continue
        rent, key = min(starts), ("debt", name, "cost_base")
        if rent <= scenario.model.as_of:
            yield (
                key,
                f"{name} counts its interest in the cost that it advances on, and has none to "
                f"draw for: rent of its contracts began on {rent}",
            )
        elif debt.available_to < rent - dt.timedelta(1):
            yield (
                key,
                f"{name} counts its interest in the cost that it advances on, and can be drawn "
                f"until {debt.available_to}: what falls due from then to the first rent on {rent} "
                "is the firm's",
            )


def _orders(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Orders that nobody sees placed."""
    last = add_months(scenario.model.as_of, MONTHS_PER_QUARTER * scenario.model.quarters)
    for name, order in scenario.orders.items():
        if order.date > last:
            yield (
                ("orders", name, "date"),
                f"order {name} has a date of {order.date}, after the run's last day {last}: "
                "nothing of it is bought",
            )


def _few_dollars(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Whole amounts below a thousandth of what all sites earn in a month: millions were meant."""
    tree, least = scenario.tree, full_month(scenario) / THOUSAND
    for path in filter(None, paths_of(tree.values)):
        amount = tree.get(path)
        stated = path[0] not in PROVENANCE and not tree.origin(path).where.startswith(FILLED)
        if not stated or unit_of(path) != "USD" or not isinstance(amount, float | int):
            continue
        if not 0 < abs(amount) < min(least, THOUSAND):
            continue
        yield (
            path,
            f"{dotted(path)} is USD {shown(amount)}, where all sites together earn USD "
            f"{full_month(scenario) / MILLION:,.1f}m in a month when they are full: is it in "
            "thousands or millions? Amounts are in dollars",
        )
